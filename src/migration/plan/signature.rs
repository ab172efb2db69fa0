//! Who decides, and why: no decision without both.

use serde::Serialize;

use crate::error::{Error, ErrorKind};

/// A reason is a sentence or two; the log is not the place for a dump.
const LONGEST: usize = 4_096;

/// Who says so, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signature {
    who: String,
    why: String,
}

impl Signature {
    /// Trims both.
    ///
    /// # Errors
    /// [`ErrorKind::Gate`] when either is empty or longer than 4,096 bytes: a decision has a person and a reason.
    pub fn new(who: &str, why: &str) -> Result<Self, Error> {
        let (who, why) = (who.trim(), why.trim());
        for (path, text) in [("/who", who), ("/why", why)] {
            if text.is_empty() || text.len() > LONGEST {
                let message =
                    format!("a decision takes a name and a reason of 1 to {LONGEST} bytes each");
                return Err(Error::new(ErrorKind::Gate, path, message));
            }
        }
        Ok(Self {
            who: who.to_owned(),
            why: why.to_owned(),
        })
    }

    /// Who.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.who
    }

    /// Why.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }
}
