//! Values for made documents: what codecs take, numbers and texts in several spellings, anything at all.

use super::codecs::Codec;
use super::documents::Writer;
use crate::model::json::quote;

impl Writer<'_> {
    pub(crate) fn coded(&mut self, codec: &Codec, up: bool) -> String {
        let texts: &[&str] = match (codec, up) {
            (Codec::PosixRfc3339, true) => {
                &["0", "951782400", "1.5e3", "253402300799", "1e0", "7.0"]
            }
            (Codec::PosixRfc3339, false) => &[
                r#""1970-01-01T00:00:00Z""#,
                r#""2024-02-29T23:59:59+01:30""#,
                r#""2024-02-29t23:59:59.000z""#,
                r#""2024-02-29T23:59:59.25Z""#,
            ],
            (Codec::Scale(_), _) => &[
                "0", "-0.0", "12.50", "1e2", "100", "1000", "-3", "0.001", "25e-1",
            ],
            (Codec::Integer, _) => &["1", "1.0", "20e-1", "-0", "1E2"],
            (Codec::NumberString, true) => return self.number(),
            (Codec::NumberString, false) => {
                &[r#""1""#, r#""12.50""#, r#""-0""#, r#""1\u0065\u0032""#]
            }
            (Codec::Prefix(_), true) | (Codec::Base64, false) => return self.text(),
            (Codec::Prefix(prefix), false) => return quote(&format!("{prefix}x/y")),
            (Codec::Joined(separator), true) => {
                let parts = ["a", "", "b c", "é"];
                let count = self.rng.below(4);
                let parts: Vec<&str> = (0..count).map(|_| *self.rng.pick(&parts)).collect();
                return quote(&parts.join(separator));
            }
            (Codec::Joined(_), false) => &[
                "[]",
                r#"["a"]"#,
                r#"["a","", "b"]"#,
                r#"["",""]"#,
                r#"["\u0061"]"#,
            ],
            (Codec::Base64, true) => &[
                r#""""#,
                r#""TQ==""#,
                r#""w6k=""#,
                r#""TWFu""#,
                r#""T\u0057Fu""#,
            ],
        };
        (*self.rng.pick(texts)).into()
    }

    pub(crate) fn number(&mut self) -> String {
        (*self.rng.pick(&[
            "0",
            "1",
            "1.0",
            "-0",
            "12.50",
            "1e2",
            "80",
            "8.0E1",
            "1e-7",
            "12345678901234567890",
        ]))
        .into()
    }

    pub(crate) fn text(&mut self) -> String {
        (*self.rng.pick(&[
            r#""""#,
            r#""a""#,
            r#""\u00e9\n""#,
            r#""é😀""#,
            r#""a\/b""#,
            r#""\ud83d\ude00""#,
            r#""yes""#,
        ]))
        .into()
    }

    pub(crate) fn any(&mut self, depth: usize) -> String {
        match self.rng.below(if depth == 0 { 5 } else { 8 }) {
            0 => "null".into(),
            1 => (*self.rng.pick(&["true", "false"])).into(),
            2 => self.number(),
            3 | 4 => self.text(),
            5 => "{}".into(),
            6 => "[]".into(),
            _ => {
                let value = self.any(depth - 1);
                if self.rng.chance(50) {
                    self.array(vec![value])
                } else {
                    self.written('{', '}', vec![(quote("k"), value)])
                }
            }
        }
    }
}
