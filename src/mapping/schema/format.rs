//! The two formats that are asserted: `date` and `date-time` of RFC 3339.

/// A format that a text must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum Format {
    Date,
    DateTime,
}

impl Format {
    /// `None` for formats that are annotations here.
    pub(in crate::mapping) fn named(name: &str) -> Option<Self> {
        match name {
            "date" => Some(Self::Date),
            "date-time" => Some(Self::DateTime),
            _ => None,
        }
    }

    pub(in crate::mapping) fn has(self, text: &str) -> bool {
        match self {
            Self::Date => text.len() == 10 && is_date(text.as_bytes()),
            Self::DateTime => is_date_time(text.as_bytes()).is_some(),
        }
    }

    pub(super) const fn wanted(self) -> &'static str {
        match self {
            Self::Date => "must be a date such as 2024-05-31",
            Self::DateTime => "must be an RFC 3339 date-time such as 2024-05-31T12:00:00Z",
        }
    }
}

/// The number that these digits write.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum, &digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + u32::from(digit - b'0'))
    })
}

fn is_date(text: &[u8]) -> bool {
    let read = || {
        let [y @ .., b'-', m1, m2, b'-', d1, d2] = text else {
            return None;
        };
        let year = number(y).filter(|_| y.len() == 4)?;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match number(&[*m1, *m2])? {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u32::from(leap),
            _ => return None,
        };
        Some((1..=days).contains(&number(&[*d1, *d2])?))
    };
    read() == Some(true)
}

fn is_date_time(text: &[u8]) -> Option<()> {
    let (date, rest) = text.split_at_checked(10)?;
    let [b'T' | b't', h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = rest else {
        return None;
    };
    let (hour, minute, second) = (
        number(&[*h1, *h2])?,
        number(&[*m1, *m2])?,
        number(&[*s1, *s2])?,
    );
    let rest = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 {
                return None;
            }
            fraction.get(digits..)?
        }
        rest => rest,
    };
    // Minutes of the day in UTC: a leap second comes at their end only.
    let local = (hour * 60 + minute) as i32;
    let utc = match rest {
        [b'Z' | b'z'] => local,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = (hours * 60 + minutes) as i32;
            local + if *sign == b'+' { -offset } else { offset }
        }
        _ => return None,
    };
    let last = utc.rem_euclid(24 * 60) == 24 * 60 - 1;
    (is_date(date) && hour < 24 && minute < 60 && (second < 60 || (second == 60 && last)))
        .then_some(())
}
