//! What receivers do, and what is written down of it.

use domain::attempt::AttemptError::{self, ConnectFailed, ResponseTooLarge, Timeout, TlsFailed};

use crate::server::Opening::{self, *};
use crate::server::Step::{self, *};

/// Its name, how the connection begins, what is done then, and what comes of
/// it: an answer's status, or none.
pub(crate) type Case = (&'static str, Opening, &'static [Step], Result<u16, AttemptError>);

const ALL: usize = 16 * 1024;
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const CHUNK: &str = "8\r\n12345678\r\n";
const LONG: &str = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n";
const LINE: &str = "x-header: 0123456789012345678901234567890123456789\r\n";
/// A ServerHello of TLS 1.1 (RFC 4346, section 7.4.1.3) with AES-128-CBC.
const TLS_1_1: &[u8] =
    b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x0201234567890123456789012345678901\x00\x00\x2f\x00";
/// A record of a handshake message that is 16 MiB long.
const LONG_HANDSHAKE: &[u8] = b"\x16\x03\x03\x00\x08\x0b\xff\xff\xff0000";

pub(crate) const CASES: &[Case] = &[
    ("as it should be", Tls, &[Hear(ALL), Say(OK), Wait], Ok(200)),
    // No connection.
    ("nobody listens", Closed, &[], Err(ConnectFailed)),
    ("never accepts", NeverAccepted, &[], Err(ConnectFailed)),
    // No TLS.
    ("accepts and says nothing", Bare, &[Wait], Err(TlsFailed)),
    ("closes at once", Bare, &[], Err(TlsFailed)),
    ("resets at once", Bare, &[Reset], Err(TlsFailed)),
    ("closes within the handshake", Bare, &[Hear(ALL)], Err(TlsFailed)),
    ("resets within the handshake", Bare, &[Hear(ALL), Reset], Err(TlsFailed)),
    ("closes within its first message", Bare, &[Hear(ALL), SayBytes(TLS_1_1.split_at(20).0)], Err(TlsFailed)),
    ("garbage for a handshake", Bare, &[Hear(ALL), Repeat("garbage", 100), Wait], Err(TlsFailed)),
    ("endless garbage for a handshake", Bare, &[Hear(ALL), Flood("garbage")], Err(TlsFailed)),
    ("zeros for a handshake", Bare, &[Hear(ALL), FloodBytes(&[0; 64])], Err(TlsFailed)),
    ("an endless handshake message", Bare, &[Hear(ALL), FloodBytes(LONG_HANDSHAKE)], Err(TlsFailed)),
    ("endless empty records", Bare, &[Hear(ALL), FloodBytes(b"\x16\x03\x03\x00\x00")], Err(TlsFailed)),
    ("endless warnings", Bare, &[Hear(ALL), FloodBytes(b"\x15\x03\x03\x00\x02\x01\x5a")], Err(TlsFailed)),
    ("a dripped record", Bare, &[Hear(ALL), Drip("\x16\x03\x03\x40\x00\x02\x00")], Err(TlsFailed)),
    ("a dripped handshake", DrippedTls, &[Hear(ALL), Say(OK)], Err(TlsFailed)),
    ("TLS 1.1", Bare, &[Hear(ALL), SayBytes(TLS_1_1), Wait], Err(TlsFailed)),
    (
        "refuses the version",
        Bare,
        &[Hear(ALL), SayBytes(b"\x15\x03\x01\x00\x02\x02\x46"), Wait],
        Err(TlsFailed),
    ),
    (
        "refuses the handshake",
        Bare,
        &[Hear(ALL), SayBytes(b"\x15\x03\x03\x00\x02\x02\x28"), Wait],
        Err(TlsFailed),
    ),
    ("HTTP without TLS", Bare, &[Hear(ALL), Say(OK)], Err(TlsFailed)),
    ("SSH", Bare, &[Say("SSH-2.0-OpenSSH_9.9\r\n"), Wait], Err(TlsFailed)),
    ("SMTP", Bare, &[Say("220 mail.example.com ESMTP\r\n"), Wait], Err(TlsFailed)),
    ("demands a certificate of ours", Certified, &[Hear(ALL), Say(OK), Wait], Err(TlsFailed)),
    ("an expired certificate", Expired, &[Hear(ALL), Say(OK)], Err(TlsFailed)),
    ("a certificate to come", NotYetValid, &[Hear(ALL), Say(OK)], Err(TlsFailed)),
    ("a certificate of another host", OtherHost, &[Hear(ALL), Say(OK)], Err(TlsFailed)),
    ("a certificate signed by itself", SelfSigned, &[Hear(ALL), Say(OK)], Err(TlsFailed)),
    ("an unknown authority", UnknownAuthority, &[Hear(ALL), Say(OK)], Err(TlsFailed)),
    ("HTTP/2 alone", Http2Alone, &[Hear(ALL), Say(OK)], Err(TlsFailed)),
    // No answer.
    ("says nothing", Tls, &[Hear(ALL), Wait], Err(Timeout)),
    ("reads a byte and says nothing", Tls, &[Hear(1), Wait], Err(Timeout)),
    ("closes after the handshake", Tls, &[], Err(ConnectFailed)),
    ("resets after the handshake", Tls, &[Reset], Err(ConnectFailed)),
    ("closes within the request", Tls, &[Hear(10)], Err(ConnectFailed)),
    ("resets within the request", Tls, &[Hear(10), Reset], Err(ConnectFailed)),
    ("closes after the request", Tls, &[Hear(ALL)], Err(ConnectFailed)),
    ("resets after the request", Tls, &[Hear(ALL), Reset], Err(ConnectFailed)),
    ("closes within the status line", Tls, &[Hear(ALL), Say("HTTP/1.1 20")], Err(ConnectFailed)),
    ("resets within the status line", Tls, &[Hear(ALL), Say("HTTP/1.1 20"), Reset], Err(ConnectFailed)),
    ("closes within the head", Tls, &[Hear(ALL), Say("HTTP/1.1 200 OK\r\nx: y")], Err(ConnectFailed)),
    ("resets within the head", Tls, &[Hear(ALL), Say("HTTP/1.1 200 OK\r\nx: y"), Reset], Err(ConnectFailed)),
    ("stops within the status line", Tls, &[Hear(ALL), Say("HTTP/1.1 2"), Wait], Err(Timeout)),
    ("stops within the head", Tls, &[Hear(ALL), Say("HTTP/1.1 200 OK\r\nx: y\r\n"), Wait], Err(Timeout)),
    ("a dripped status line", Tls, &[Hear(ALL), Say("HTTP/1.1 200 "), Drip("OK")], Err(Timeout)),
    ("dripped headers", Tls, &[Hear(ALL), Say("HTTP/1.1 200 OK\r\n"), Drip("x: y\r\n")], Err(Timeout)),
    // Too much of an answer.
    ("an endless status line", Tls, &[Hear(ALL), Say("HTTP/1.1 200 "), Flood("OK")], Err(ResponseTooLarge)),
    (
        "an endless header",
        Tls,
        &[Hear(ALL), Say("HTTP/1.1 200 OK\r\nx: "), Flood("y")],
        Err(ResponseTooLarge),
    ),
    (
        "an endless header name",
        Tls,
        &[Hear(ALL), Say("HTTP/1.1 200 OK\r\n"), Flood("x")],
        Err(ResponseTooLarge),
    ),
    ("endless headers", Tls, &[Hear(ALL), Say("HTTP/1.1 200 OK\r\n"), Flood(LINE)], Err(ResponseTooLarge)),
    (
        "a megabyte of headers",
        Tls,
        &[Hear(ALL), Say("HTTP/1.1 200 OK\r\n"), Repeat(LINE, 20_000), Say("\r\n"), Wait],
        Err(ResponseTooLarge),
    ),
    (
        "thousands of headers",
        Tls,
        &[Hear(ALL), Say("HTTP/1.1 200 OK\r\n"), Repeat("a: b\r\n", 3_000), Say("\r\n"), Wait],
        Err(ResponseTooLarge),
    ),
    (
        "a flood of Retry-After",
        Tls,
        &[
            Hear(ALL),
            Say("HTTP/1.1 503 Busy\r\n"),
            Repeat("retry-after: 99999\r\n", 1_000),
            Say("\r\n"),
            Wait,
        ],
        Err(ResponseTooLarge),
    ),
    ("endless blank lines", Tls, &[Hear(ALL), Flood("\r\n")], Err(ResponseTooLarge)),
    (
        "endless interim answers",
        Tls,
        &[Hear(ALL), Flood("HTTP/1.1 100 Continue\r\n\r\n")],
        Err(ResponseTooLarge),
    ),
    (
        "endless early hints",
        Tls,
        &[Hear(ALL), Flood("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n")],
        Err(ResponseTooLarge),
    ),
    ("dripped interim answers", Tls, &[Hear(ALL), Drip("HTTP/1.1 102 Processing\r\n\r\n")], Err(Timeout)),
    // What is no HTTP/1.
    ("an interim answer alone", Tls, &[Hear(ALL), Say("HTTP/1.1 100 Continue\r\n\r\n"), Wait], Err(Timeout)),
    ("a body without a head", Tls, &[Hear(ALL), Say("<html>hello</html>\n")], Err(ConnectFailed)),
    ("HTTP/0.9, endlessly", Tls, &[Hear(ALL), Flood("hello ")], Err(ConnectFailed)),
    (
        "the preface of HTTP/2",
        Tls,
        &[Hear(ALL), Say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Wait],
        Err(ConnectFailed),
    ),
    ("a frame of HTTP/2", Tls, &[Hear(ALL), SayBytes(b"\0\0\0\x04\0\0\0\0\0"), Wait], Err(ConnectFailed)),
    ("HTTP/2 in the status line", Tls, &[Hear(ALL), Say("HTTP/2 200 OK\r\n\r\n"), Wait], Err(ConnectFailed)),
    ("a status of letters", Tls, &[Hear(ALL), Say("HTTP/1.1 2OO OK\r\n\r\n"), Wait], Err(ConnectFailed)),
    ("a status of two digits", Tls, &[Hear(ALL), Say("HTTP/1.1 20 OK\r\n\r\n"), Wait], Err(ConnectFailed)),
    ("a status of four digits", Tls, &[Hear(ALL), Say("HTTP/1.1 2000 OK\r\n\r\n"), Wait], Err(ConnectFailed)),
    ("a negative status", Tls, &[Hear(ALL), Say("HTTP/1.1 -20 OK\r\n\r\n"), Wait], Err(ConnectFailed)),
    ("status 000", Tls, &[Hear(ALL), Say("HTTP/1.1 000 None\r\n\r\n"), Wait], Err(ConnectFailed)),
    ("status 099", Tls, &[Hear(ALL), Say("HTTP/1.1 099 None\r\n\r\n"), Wait], Err(ConnectFailed)),
    ("status 600", Tls, &[Hear(ALL), Say("HTTP/1.1 600 None\r\n\r\n"), Wait], Ok(600)),
    ("status 999", Tls, &[Hear(ALL), Say("HTTP/1.1 999 None\r\n\r\n"), Wait], Ok(999)),
    (
        "switches protocols",
        Tls,
        &[
            Hear(ALL),
            Say("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"),
            Flood("x"),
        ],
        Ok(101),
    ),
    (
        "a header without a name",
        Tls,
        &[Hear(ALL), Say("HTTP/1.1 200 OK\r\n: x\r\n\r\n"), Wait],
        Err(ConnectFailed),
    ),
    (
        "a zero in a header",
        Tls,
        &[Hear(ALL), Say("HTTP/1.1 200 OK\r\nx: \0\r\n\r\n"), Wait],
        Err(ConnectFailed),
    ),
    (
        "a length of letters",
        Tls,
        &[Hear(ALL), Say("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"), Wait],
        Err(ConnectFailed),
    ),
    (
        "a negative length",
        Tls,
        &[Hear(ALL), Say("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"), Wait],
        Err(ConnectFailed),
    ),
    (
        "two lengths",
        Tls,
        &[Hear(ALL), Say("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n"), Wait],
        Err(ConnectFailed),
    ),
    // The status line and headers decide.
    ("HTTP/1.0", Tls, &[Hear(ALL), Say("HTTP/1.0 200 OK\r\n\r\n")], Ok(200)),
    (
        "a status without a reason",
        Tls,
        &[Hear(ALL), Say("HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n"), Wait],
        Ok(200),
    ),
    ("answers before it has read", Tls, &[Hear(1), Say(OK), Wait], Ok(200)),
    (
        "refuses before it has read",
        Tls,
        &[Hear(1), Say("HTTP/1.1 413 Large\r\ncontent-length: 0\r\n\r\n"), Wait],
        Ok(413),
    ),
    ("a body that does not come", Tls, &[Hear(ALL), Say(LONG), Wait], Ok(200)),
    ("a dripped body", Tls, &[Hear(ALL), Say(LONG), Drip("x")], Ok(200)),
    ("an endless body", Tls, &[Hear(ALL), Say("HTTP/1.1 200 OK\r\n\r\n"), Flood("x")], Ok(200)),
    ("an endless body of a failure", Tls, &[Hear(ALL), Say("HTTP/1.1 500 Oh\r\n\r\n"), Flood("x")], Ok(500)),
    (
        "an endless body of a redirect",
        Tls,
        &[Hear(ALL), Say("HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n"), Flood("x")],
        Ok(302),
    ),
    ("an endless body of a known length", Tls, &[Hear(ALL), Say(LONG), Flood("x")], Ok(200)),
    ("endless chunks", Tls, &[Hear(ALL), Say(CHUNKED), Flood(CHUNK)], Ok(200)),
    ("one endless chunk", Tls, &[Hear(ALL), Say(CHUNKED), Say("fffffffffffffff\r\n"), Flood("x")], Ok(200)),
    ("an endless chunk extension", Tls, &[Hear(ALL), Say(CHUNKED), Say("8;"), Flood("x")], Ok(200)),
    ("endless trailers", Tls, &[Hear(ALL), Say(CHUNKED), Say("0\r\n"), Flood(LINE)], Ok(200)),
    ("broken chunks", Tls, &[Hear(ALL), Say(CHUNKED), Say("no chunk\r\n"), Wait], Ok(200)),
    ("a chunk that ends early", Tls, &[Hear(ALL), Say(CHUNKED), Say("8\r\n123")], Ok(200)),
    (
        "a chunk too large for any number",
        Tls,
        &[Hear(ALL), Say(CHUNKED), Say("fffffffffffffffffffff\r\n"), Wait],
        Ok(200),
    ),
    ("a body that ends early", Tls, &[Hear(ALL), Say(LONG), Say("x")], Ok(200)),
    ("a body longer than it says", Tls, &[Hear(ALL), Say(OK), Repeat("x", 1_000), Wait], Ok(200)),
    ("resets within the body", Tls, &[Hear(ALL), Say(LONG), Pause, Reset], Ok(200)),
    (
        "a body where there is none",
        Tls,
        &[Hear(ALL), Say("HTTP/1.1 204 None\r\ncontent-length: 5\r\n\r\nhello"), Wait],
        Ok(204),
    ),
];
