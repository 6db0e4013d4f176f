//! Numbers and tables as people read them.

/// Dollars: cents for most, more digits for little.
pub(crate) fn dollars(usd: f64) -> String {
    match usd {
        0.0 => "$0".to_owned(),
        _ if usd < 0.001 => "< $0.001".to_owned(),
        _ if usd < 0.1 => format!("${usd:.3}"),
        _ if usd < 100.0 => format!("${usd:.2}"),
        _ => format!("${}", whole(usd)),
    }
}

/// A whole number with commas.
pub(crate) fn whole(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0.0 { format!("-{text}") } else { text }
}

/// Up to one decimal place, for small numbers.
pub(crate) fn short(number: f64) -> String {
    match number {
        _ if number >= 9.95 => whole(number),
        _ if number < 0.095 => format!("{number:.2}"),
        _ => format!("{number:.1}").trim_end_matches(".0").to_owned(),
    }
}

/// Two digits that count, the rest zeros.
pub(crate) fn about(number: f64) -> String {
    if number < 10.0 {
        return short(number);
    }
    let unit = 10_f64.powf(number.log10().floor() - 1.0);
    whole((number / unit).round() * unit)
}

/// A part of a whole.
pub(crate) fn percent(part: f64) -> String {
    match part * 100.0 {
        percent if percent >= 9.95 || percent == 0.0 => format!("{} %", whole(percent)),
        percent if percent < 0.05 => "< 0.1 %".to_owned(),
        percent => format!("{percent:.1} %"),
    }
}

/// A table in Markdown; what begins in the second column is aligned right.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let rule = |column: usize| if column == 0 { "---" } else { "---:" };
    let mut text = line(head.to_vec());
    text.push_str(&line((0..head.len()).map(rule).collect()));
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    text
}

/// A table of words, all aligned left.
pub(crate) fn words(head: &[&str], rows: &[Vec<String>]) -> String {
    table(head, rows).replace("---:", "---")
}

/// A mark at an axis.
pub(crate) fn mark(number: f64) -> String {
    match number {
        _ if number >= 1_000_000.0 => format!("{}M", whole(number / 1_000_000.0)),
        _ if number >= 10_000.0 => format!("{}k", whole(number / 1_000.0)),
        _ if number >= 10.0 || number == 0.0 => whole(number),
        _ => format!("{number:.3}").trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}
