//! The page that asks, and what becomes of the answer.

use super::*;

fn location(answer: &reqwest::Response) -> &str {
    answer.headers()["location"].to_str().unwrap()
}

#[tokio::test]
async fn the_page_offers_the_channels_of_a_workspace_and_both_answers() {
    let fixture = Fixture::start().await;
    let (status, page) =
        fixture.get(&format!("/oauth/v2/authorize?{}", form(&asking(&[]))), "text/html").await;
    assert_eq!(status, 200);
    for part in ["Soteri Security for Jira asks", "C0ACMEAUDIT", "#security", "value=allow", "value=cancel"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains("value=\"s &amp;&lt;&quot;1\"") && !page.contains("C0GLOBEX"), "{page}");
    assert!(page.contains("value=\"C0ACMEAUDIT\" selected"), "{page}");

    let other = form(&asking(&[("team", "T0GLOBEX"), ("channel", "")]));
    let (_, page) = fixture.get(&format!("/oauth/v2/authorize?{other}"), "text/html").await;
    assert!(page.contains("C0GLOBEXAUDIT") && !page.contains("\"C0ACME"), "{page}");
}

#[tokio::test]
async fn allow_and_cancel_go_back_to_the_app_with_its_state() {
    let fixture = Fixture::start().await;
    let allowed = fixture.decide(&asking(&[("decision", "allow")])).await;
    assert_eq!(allowed.status(), 302);
    let code = location(&allowed).strip_prefix(&format!("{REDIRECT}&code=")).unwrap();
    let (code, state) = code.split_once('&').unwrap();
    assert_eq!((code.len(), state), (32, "state=s+%26%3C%221"));

    let canceled = fixture.decide(&asking(&[("decision", "cancel"), ("channel", "")])).await;
    assert_eq!(canceled.status(), 302);
    assert_eq!(location(&canceled), format!("{REDIRECT}&error=access_denied&state=s+%26%3C%221"));

    let stateless: Vec<_> = asking(&[("decision", "cancel"), ("redirect_uri", "https://app.example.com")])
        .into_iter()
        .filter(|(name, _)| *name != "state")
        .collect();
    let canceled = fixture.decide(&stateless).await;
    assert_eq!(location(&canceled), "https://app.example.com/?error=access_denied");
}

#[tokio::test]
async fn a_question_that_slack_would_not_ask_goes_nowhere() {
    let fixture = Fixture::start().await;
    for field in [
        ("client_id", "other"),
        ("client_id", ""),
        ("scope", ""),
        ("scope", "incoming-webhook,chat:write"),
        ("scope", "chat:write"),
        ("redirect_uri", ""),
        ("redirect_uri", "/v1/slack/callback"),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", "https:app.example.com"),
        ("redirect_uri", "https://app.example.com/#fragment"),
    ] {
        let url = format!("/oauth/v2/authorize?{}", form(&asking(&[field])));
        let answers = [
            fixture.get(&url, "text/html").await,
            read(fixture.decide(&asking(&[field, ("decision", "allow")])).await).await,
        ];
        for (status, page) in answers {
            assert_eq!(status, 400, "{field:?}");
            assert!(page.contains("<h1>This app cannot be installed</h1>"), "{field:?}");
        }
    }
}

#[tokio::test]
async fn a_choice_that_the_page_does_not_offer_is_refused() {
    let fixture = Fixture::start().await;
    fixture.slack.archive("C0ACMESECURITY").unwrap();
    for fields in [
        &[("decision", "")][..],
        &[("decision", "allow"), ("channel", "")],
        &[("decision", "allow"), ("channel", "C0NONE")],
        &[("decision", "allow"), ("team", "T0GLOBEX")],
        &[("decision", "allow"), ("channel", "C0ACMESECURITY")],
    ] {
        assert_eq!(fixture.decide(&asking(fields)).await.status(), 400, "{fields:?}");
    }
    let url = format!("{}/oauth/v2/authorize", fixture.slack.url());
    let unformed = fixture.http.post(url).json(&json!({"decision": "allow"})).send().await.unwrap();
    assert_eq!(unformed.status(), 400);
    let (_, page) = fixture.get(&format!("/oauth/v2/authorize?{}", form(&asking(&[]))), "text/html").await;
    assert!(page.contains("value=\"C0ACMESECURITY\" disabled"), "{page}");
}

#[tokio::test]
async fn what_the_app_sends_cannot_break_the_page() {
    let fixture = Fixture::start().await;
    let hostile = "\"'><script>alert(1)</script>";
    let redirect = format!("https://app.example.com/?q={hostile}");
    let fields = [("state", hostile), ("redirect_uri", redirect.as_str()), ("team", hostile)];
    let query = form(&asking(&fields));
    let (status, page) = fixture.get(&format!("/oauth/v2/authorize?{query}"), "text/html").await;
    assert_eq!(status, 200);
    assert!(!page.contains("<script") && page.contains("&quot;&#39;&gt;&lt;script&gt;"), "{page}");
}
