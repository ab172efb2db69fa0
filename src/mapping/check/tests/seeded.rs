//! For each code a sound definition and one with a flaw seeded into it, which is refused by that code and no other.

use super::*;

/// What is seeded, and what it must be called.
pub(super) struct Seeded {
    pub(super) name: &'static str,
    pub(super) code: FlawCode,
    pub(super) from: Value,
    pub(super) to: Value,
    pub(super) sound: Value,
    pub(super) flawed: Value,
    /// The flaw's place.
    pub(super) path: &'static str,
    /// The schema of `to`, or of `from`, with the flaw.
    pub(super) flawed_from: Option<Value>,
    pub(super) flawed_to: Option<Value>,
}

pub(super) fn seed(
    name: &'static str,
    code: FlawCode,
    path: &'static str,
    from: Value,
    to: Value,
    sound: Value,
    flawed: Value,
) -> Seeded {
    Seeded {
        name,
        code,
        from,
        to,
        sound,
        flawed,
        path,
        flawed_from: None,
        flawed_to: None,
    }
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

fn table() -> Vec<Seeded> {
    let mut all = super::seeded_rules::table();
    all.extend(super::seeded_values::table());
    all
}

impl Seeded {
    pub(super) fn with_from(self, from: Value) -> Self {
        Self {
            flawed_from: Some(from),
            ..self
        }
    }
}

/// Law M9: a definition with a seeded flaw is refused by that flaw's code; without it, by none.
#[test]
fn a_seeded_flaw_is_found_by_its_code() {
    let mut wrong = Vec::new();
    for seeded in table() {
        let sound = checked(&seeded.from, &seeded.to, seeded.sound);
        if !sound.flaws.is_empty() {
            wrong.push(format!(
                "{}: the sound one has {}",
                seeded.name,
                show(&sound)
            ));
        }
        let (from, to) = (
            seeded.flawed_from.unwrap_or(seeded.from),
            seeded.flawed_to.unwrap_or(seeded.to),
        );
        let flawed = checked(&from, &to, seeded.flawed);
        if codes(&flawed) != [seeded.code]
            || flawed.flaws.iter().all(|flaw| flaw.path() != seeded.path)
        {
            wrong.push(format!(
                "{}: not just {} at {:?} but {}",
                seeded.name,
                seeded.code,
                seeded.path,
                show(&flawed)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every code is seeded, but for what the reader finds.
#[test]
fn every_code_is_seeded() {
    let table = table();
    for code in FlawCode::ALL {
        let here = table.iter().any(|seeded| seeded.code == *code);
        assert_eq!(here, *code != FlawCode::UnreadableDefinition, "{code}");
    }
}
