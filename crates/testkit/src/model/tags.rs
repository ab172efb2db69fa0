//! The tags of CONTRACT 1.4 as contract data: name, tier, kind, from a plain text table of the model's own.

/// How much is asked of a member (CONTRACT 1.4), strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Required in v2; a wrong value is an error.
    Core,
    /// A wrong value is an error.
    HighFrequency,
    /// Numbers and bools are coerced, another wrong value is an error.
    Optional,
    /// Warnings only; unknown members too.
    Specialized,
}

impl Tier {
    /// The tier as it stands in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::HighFrequency => "high_frequency",
            Self::Optional => "optional",
            Self::Specialized => "specialized",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Tag {
    /// The OSM name.
    pub name: &'static str,
    /// Its tier.
    pub tier: Tier,
    /// Its kind, in the words of CONTRACT 1.4.
    pub kind: &'static str,
}

/// All 122 rows.
pub fn all() -> impl Iterator<Item = Tag> {
    include_str!("tags.tsv").lines().skip(1).map(|line| {
        let mut fields = line.split('\t');
        let mut field = || fields.next().expect("name, tier, kind");
        let (name, tier, kind) = (field(), field(), field());
        let tier = match tier {
            "core" => Tier::Core,
            "high_frequency" => Tier::HighFrequency,
            "optional" => Tier::Optional,
            "specialized" => Tier::Specialized,
            other => panic!("no tier {other}"),
        };
        Tag { name, tier, kind }
    })
}

/// The row of a name; an unknown name is `any` and counts as specialized.
#[must_use]
pub fn of(name: &str) -> (Tier, &'static str) {
    all()
        .find(|tag| tag.name == name)
        .map_or((Tier::Specialized, "any"), |tag| (tag.tier, tag.kind))
}

#[cfg(test)]
mod tests {
    use super::{Tier, all, of};

    #[test]
    fn the_table_is_whole() {
        assert_eq!(all().count(), 122);
        let core: Vec<_> = all()
            .filter(|tag| tag.tier == Tier::Core)
            .map(|tag| tag.name)
            .collect();
        assert_eq!(core, super::super::CORE);
        assert_eq!(of("level"), (Tier::HighFrequency, "text_or_number"));
        assert_eq!(of("no such tag"), (Tier::Specialized, "any"));
    }
}
