//! Letters to a small SMTP server on this machine.

use channels::mail::{
    Attachment, LogMail, Mail, MailChannel, MailFault, Security, SmtpMail, SmtpSettings,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// A server that takes letters, and refuses or puts off whom it is told to.
struct Server {
    port: u16,
    letters: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let letters = Arc::new(Mutex::new(Vec::new()));
        let kept = letters.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, kept.clone()));
            }
        });
        Self { port, letters }
    }

    fn mail(&self) -> SmtpMail {
        mail_at(self.port, Security::None)
    }
}

async fn talk(stream: TcpStream, letters: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 here\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-here\r\n250 8BITMIME\r\n",
            "RCPT" if line.contains("nobody@") => "550 no such person\r\n",
            "RCPT" if line.contains("later@") => "451 come again\r\n",
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut letter = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    letter.push_str(&line);
                    letter.push('\n');
                }
                letters.lock().await.push(letter);
                "250 taken\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        write.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

fn settings_of(port: u16, security: Security) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        security,
        credentials: None,
        from: "OpenPile <invoice@example.com>".to_owned(),
        timeout: Duration::from_secs(5),
    }
}

fn mail_at(port: u16, security: Security) -> SmtpMail {
    SmtpMail::new(settings_of(port, security)).expect("legal settings")
}

fn letter(to: &str) -> Mail {
    Mail {
        to: to.to_owned(),
        subject: "电子发票 24510000000000000001".to_owned(),
        text: "hello there\n".to_owned(),
        attachments: vec![Attachment {
            name: "24510000000000000001.pdf".to_owned(),
            media_type: "application/pdf",
            bytes: b"%PDF-1.7".to_vec(),
        }],
    }
}

#[tokio::test]
async fn a_letter_arrives_with_its_file() {
    let server = Server::start().await;
    server
        .mail()
        .send(&letter("anna@example.com"))
        .await
        .expect("sent");
    let letters = server.letters.lock().await;
    let text = letters.first().expect("one letter");
    for part in [
        "From: OpenPile <invoice@example.com>",
        "To: anna@example.com",
        "multipart/mixed",
        "hello there",
        "application/pdf",
        "24510000000000000001.pdf",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[tokio::test]
async fn refusals_are_told_from_delays() {
    let server = Server::start().await;
    let mail = server.mail();
    let refused = mail.send(&letter("nobody@example.com")).await;
    assert!(matches!(refused, Err(MailFault::Refused(_))), "{refused:?}");
    let later = mail.send(&letter("later@example.com")).await;
    assert!(matches!(later, Err(MailFault::NotSent(_))), "{later:?}");
    let nowhere = mail.send(&letter("no address")).await;
    assert!(matches!(nowhere, Err(MailFault::Refused(_))), "{nowhere:?}");
    assert!(server.letters.lock().await.is_empty());
}

#[tokio::test]
async fn a_server_that_is_away_or_speaks_no_tls_gets_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let away = mail_at(port, Security::None)
        .send(&letter("anna@example.com"))
        .await;
    assert!(matches!(away, Err(MailFault::NotSent(_))), "{away:?}");
    let server = Server::start().await;
    let plain = mail_at(server.port, Security::StartTls)
        .send(&letter("anna@example.com"))
        .await;
    assert!(plain.is_err(), "never without protection");
    assert!(server.letters.lock().await.is_empty());
}

/// A server that accepts, says so much, and never another word.
async fn falls_silent_after(said: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(said.as_bytes()).await;
            kept.push(stream);
        }
    });
    port
}

/// Whatever it waits for, a letter that gets no answer is given up in time.
#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    let greeting = "220 here\r\n";
    let until_data = "220 here\r\n250 8BITMIME\r\n250 ok\r\n250 ok\r\n354 go on\r\n";
    for (said, security) in [
        ("", Security::None),
        (greeting, Security::None),
        (until_data, Security::None),
        ("", Security::Tls),
        (greeting, Security::StartTls),
        (
            "220 here\r\n250-here\r\n250 STARTTLS\r\n220 go on\r\n",
            Security::StartTls,
        ),
    ] {
        let mail = SmtpMail::new(SmtpSettings {
            timeout: Duration::from_millis(300),
            ..settings_of(falls_silent_after(said).await, security)
        });
        let letter = letter("anna@example.com");
        let mail = mail.expect("legal settings");
        let sent = tokio::time::timeout(Duration::from_secs(10), mail.send(&letter)).await;
        let sent = sent.unwrap_or_else(|_| panic!("{said:?} {security:?}: it waits for ever"));
        assert!(
            matches!(sent, Err(MailFault::NotSent(_))),
            "{said:?} {security:?}: {sent:?}"
        );
    }
}

#[tokio::test]
async fn without_a_server_letters_go_to_the_log() {
    LogMail
        .send(&letter("anna@example.com"))
        .await
        .expect("logged");
    assert!(!format!("{:?}", letter("anna@example.com")).contains("anna"));
}
