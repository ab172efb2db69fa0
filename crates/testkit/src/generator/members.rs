//! The object under construction, and how it is written.

use crate::model::json::quote;
use crate::rng::Rng;

/// Members by name, values as JSON text; a name is taken once.
#[derive(Default)]
pub(crate) struct Members(Vec<(String, String)>);

impl Members {
    pub(crate) fn raw(&mut self, name: &str, json: &str) {
        if self.0.iter().all(|(taken, _)| taken != name) {
            self.0.push((name.to_owned(), json.to_owned()));
        }
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.raw(name, &quote(text));
    }

    pub(crate) fn write(mut self, rng: &mut Rng) -> String {
        if rng.chance(50) {
            rng.shuffle(&mut self.0);
        }
        let (colon, comma) = if rng.chance(10) {
            (": ", ", ")
        } else {
            (":", ",")
        };
        let escaped = if rng.chance(1) {
            rng.below(self.0.len().max(1) as u64) as usize
        } else {
            usize::MAX
        };
        let written: Vec<String> = self
            .0
            .iter()
            .enumerate()
            .map(|(at, (name, value))| {
                let mut name = quote(name);
                if at == escaped && name[1..].starts_with(|c: char| c.is_ascii_lowercase()) {
                    name.replace_range(1..2, &format!("\\u{:04x}", name.as_bytes()[1]));
                }
                format!("{name}{colon}{value}")
            })
            .collect();
        format!("{{{}}}", written.join(comma))
    }
}
