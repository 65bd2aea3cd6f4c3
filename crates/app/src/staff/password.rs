use crate::AppError;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// Hashes at a time: each takes 19 MiB and a core.
const HASHES_MAX: usize = 2;
/// Longest wait for a turn.
const TURN_MAX: Duration = Duration::from_secs(10);
/// Shortest password, in characters.
const LENGTH_MIN: usize = 10;
/// Longest password, in bytes.
const LENGTH_MAX: usize = 128;

/// Makes and checks hashes of passwords, a few at a time and off the threads that serve calls.
#[derive(Debug)]
pub(crate) struct Passwords(Semaphore);

impl Default for Passwords {
    fn default() -> Self {
        Self(Semaphore::new(HASHES_MAX))
    }
}

impl Passwords {
    /// The hash of a password, in PHC form.
    pub(crate) async fn hash(&self, password: String) -> Result<String, AppError> {
        let _turn = self.turn().await?;
        tokio::task::spawn_blocking(move || hash(&password))
            .await
            .map_err(|ended| AppError::Internal(ended.to_string()))?
    }

    /// Whether a password is the one of that hash. Without a hash it takes as long to say no.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, AppError> {
        let _turn = self.turn().await?;
        tokio::task::spawn_blocking(move || {
            static NOBODYS: OnceLock<Option<String>> = OnceLock::new();
            if let Some(hash) = hash {
                return is_of(&password, &hash);
            }
            let nobodys = NOBODYS.get_or_init(|| self::hash("nobody has this").ok());
            is_of(&password, nobodys.as_deref().unwrap_or_default());
            false
        })
        .await
        .map_err(|ended| AppError::Internal(ended.to_string()))
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, AppError> {
        match timeout(TURN_MAX, self.0.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(AppError::Unavailable),
        }
    }
}

/// The hash of a password, in PHC form.
pub(super) fn hash(password: &str) -> Result<String, AppError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|problem| AppError::Internal(problem.to_string()))
}

fn is_of(password: &str, hash: &str) -> bool {
    password.len() <= LENGTH_MAX
        && PasswordHash::new(hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        })
}

/// Refuses passwords that are too easy.
///
/// # Errors
/// [`AppError::Invalid`] naming the field.
pub fn check_strength(field: &str, username: &str, password: &str) -> Result<(), AppError> {
    let refuse = |problem: &str| {
        Err(AppError::Invalid {
            field: field.to_owned(),
            problem: problem.to_owned(),
        })
    };
    if password.chars().count() < LENGTH_MIN || password.len() > LENGTH_MAX {
        return refuse("must have 10 to 128 characters");
    }
    if password.to_lowercase().contains(&username.to_lowercase()) {
        return refuse("must not contain the user name");
    }
    let letters = password.chars().any(char::is_alphabetic);
    let others = password.chars().any(|letter| !letter.is_alphabetic());
    if letters && others {
        Ok(())
    } else {
        refuse("must have letters and something else")
    }
}

/// A password that nobody chose.
pub(super) fn random() -> String {
    // Nothing that looks like something else, for it is read from a screen.
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";
    let bytes: [u8; 16] = rand::random();
    let mut text: String = bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
        .collect();
    text.push_str("-7x");
    text
}

#[cfg(test)]
mod tests {
    use super::{check_strength, hash, is_of, random};

    #[test]
    fn a_hash_knows_its_password() {
        let stored = hash("correct horse 1").expect("a hash");
        assert!(stored.starts_with("$argon2id$"));
        assert!(is_of("correct horse 1", &stored));
        assert!(!is_of("correct horse 2", &stored));
        assert!(!is_of("", ""));
    }

    #[test]
    fn easy_passwords_are_refused() {
        for easy in ["short1", "onlyletters", "1234567890", "my-Admin-1234"] {
            assert!(check_strength("password", "admin", easy).is_err(), "{easy}");
        }
        check_strength("password", "admin", &random()).expect("a good one");
        assert_ne!(random(), random());
    }
}
