//! The value grammar of `charge`, and what a fee in pounds has to do with it.
//!
//! Source: OSM wiki, Key:charge: `<amount> <ISO 4217 code>[/<unit>]`, a point for decimals, no currency sign.

use super::built::Built;
use super::kind::Normal;
use super::number::{self, Number, split};

/// The highest fee that v1 takes, in pounds.
pub(super) const LIMIT: &str = "1000000";
/// The most digits of an amount. More is no price, and would outgrow [`Built`].
const DIGITS: usize = 32;

/// What a number says as an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Price {
    Nothing,
    Negative,
    Positive,
    /// A positive amount beyond the limit.
    TooHigh,
    /// No amount: too many digits, and not positive.
    OutOfRange,
}

/// How a `charge` is stored: pounds in any of their spellings as `0.50 GBP`, everything else as it is.
pub(crate) fn normal(text: &str) -> Normal<'_> {
    match pounds(text) {
        Some(built) if built.as_str() != text => Normal::Built(built),
        _ => Normal::Same,
    }
}

/// What a v1 `fee` number says.
pub(crate) fn of_fee(number: Number<'_>) -> Price {
    let plain = number::plain(number);
    match plain.decimals {
        None if plain.zero || plain.negative => Price::OutOfRange,
        None => Price::TooHigh,
        Some(_) if plain.zero => Price::Nothing,
        Some(_) if plain.negative => Price::Negative,
        Some(decimals) if number::at_most(decimals.as_str(), LIMIT) => Price::Positive,
        Some(_) => Price::TooHigh,
    }
}

/// The `charge` that a positive `fee` number stands for. [`fee`] is the way back.
pub(crate) fn from_fee(number: Number<'_>) -> Option<Built> {
    let decimals = number::plain(number).decimals?;
    Some(padded(decimals.as_str()))
}

/// The way back from [`from_fee`]: the number that comes to exactly this `charge`. Padding goes, so that `0.50 GBP` is
/// the 0.5 that it came from.
pub(crate) fn fee(charge: &str) -> Option<Built> {
    let charge = pounds(charge)?;
    let amount = charge.as_str().strip_suffix(" GBP")?;
    let padded =
        split(amount, |byte| byte == b'.').is_some_and(|(_, decimals)| decimals.len() == 2);
    let amount = if padded {
        amount.trim_end_matches('0').trim_end_matches('.')
    } else {
        amount
    };
    let is_whole = charge.as_str().strip_prefix(amount) == Some(padding(amount));
    let number = Number::without_exponent(amount);
    (is_whole && of_fee(number) == Price::Positive).then(|| Built::from_ascii(amount))
}

/// `£0.20`, `0.20£`, `.2 GBP`, `0.2GBP` or `50p` as `0.20 GBP`.
fn pounds(text: &str) -> Option<Built> {
    if let Some(pence) = text.strip_suffix('p') {
        if pence.is_empty()
            || pence.len() > DIGITS
            || !pence.bytes().all(|digit| digit.is_ascii_digit())
        {
            return None;
        }
        let (whole, decimals) = pence.split_at(pence.len().saturating_sub(2));
        let mut amount = Built::new();
        amount.push_str(whole);
        amount.push(b'.');
        (decimals.len()..2).for_each(|_| amount.push(b'0'));
        amount.push_str(decimals);
        return tidy(amount.as_str());
    }
    let amount = text.strip_prefix('£').or_else(|| text.strip_suffix('£'));
    let amount = amount.or_else(|| {
        text.strip_suffix("GBP")
            .map(|amount| amount.strip_suffix(' ').unwrap_or(amount))
    });
    tidy(amount?)
}

/// An amount without leading zeros, padded, with its currency.
fn tidy(amount: &str) -> Option<Built> {
    if !is_amount(amount) || amount.bytes().filter(u8::is_ascii_digit).count() > DIGITS {
        return None;
    }
    let amount = amount.trim_start_matches('0');
    if amount.is_empty() {
        return Some(padded("0"));
    }
    if !amount.starts_with('.') {
        return Some(padded(amount));
    }
    let mut whole = Built::new();
    whole.push(b'0');
    whole.push_str(amount);
    Some(padded(whole.as_str()))
}

/// At least two decimals and the currency: `0.5` is `0.50 GBP`.
fn padded(plain: &str) -> Built {
    let mut built = Built::from_ascii(plain);
    built.push_str(padding(plain));
    built
}

/// What makes plain decimals a charge in pounds.
fn padding(plain: &str) -> &'static str {
    match plain.bytes().rev().position(|byte| byte == b'.') {
        None => ".00 GBP",
        Some(1) => "0 GBP",
        Some(_) => " GBP",
    }
}

/// ASCII digits with at most one point, and digits behind it.
fn is_amount(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match split(text, |byte| byte == b'.') {
        Some((whole, decimals)) => digits(whole) && !decimals.is_empty() && digits(decimals),
        None => !text.is_empty() && digits(text),
    }
}

/// `<amount> <three capitals>[/<unit>]`, pounds in their stored form among them.
pub(crate) fn readable(text: &str) -> bool {
    let Some((amount, rest)) = split(text, |byte| byte == b' ') else {
        return false;
    };
    let (currency, unit) = split(rest, |byte| byte == b'/')
        .map_or((rest, None), |(currency, unit)| (currency, Some(unit)));
    is_amount(amount)
        && currency.len() == 3
        && currency.bytes().all(|byte| byte.is_ascii_uppercase())
        && unit.is_none_or(|unit| !unit.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number<'_> {
        Number {
            text,
            has_exponent: text.contains(['e', 'E']),
        }
    }

    fn of_fee(text: &str) -> Price {
        super::of_fee(number(text))
    }

    fn stored(text: &str) -> (String, bool) {
        let stored = match normal(text) {
            Normal::Built(built) => built.as_str().to_owned(),
            _ => text.to_owned(),
        };
        let readable = readable(&stored);
        (stored, readable)
    }

    #[test]
    fn pounds_have_one_spelling() {
        for (text, expected) in [
            ("£0.20", "0.20 GBP"),
            ("0.20£", "0.20 GBP"),
            (".2 GBP", "0.20 GBP"),
            ("0.2GBP", "0.20 GBP"),
            ("50p", "0.50 GBP"),
            ("5p", "0.05 GBP"),
            ("150p", "1.50 GBP"),
            ("0p", "0.00 GBP"),
            ("0050p", "0.50 GBP"),
            ("£1", "1.00 GBP"),
            ("007.125 GBP", "7.125 GBP"),
            ("0 GBP", "0.00 GBP"),
            ("0.50 GBP", "0.50 GBP"),
            ("000 GBP", "0.00 GBP"),
            ("£.5", "0.50 GBP"),
            (
                "12345678901234567890123456789012 GBP",
                "12345678901234567890123456789012.00 GBP",
            ),
            (
                ".12345678901234567890123456789012£",
                "0.12345678901234567890123456789012 GBP",
            ),
        ] {
            assert_eq!(stored(text), (expected.to_owned(), true), "{text}");
        }
    }

    #[test]
    fn other_currencies_stay_and_the_rest_is_unreadable() {
        for text in [
            "1 EUR",
            "0.50 USD/hour",
            "5 GBP/person",
            "1.5 JPY",
            "123456789012345678901234567890123 GBP",
        ] {
            assert_eq!(stored(text), (text.to_owned(), true), "{text}");
        }
        for text in [
            "",
            "free",
            "50 p or 1 EUR",
            "£",
            "p",
            "GBP",
            " GBP",
            "£1.",
            "1,50 GBP",
            "£-1",
            "0.5  GBP",
            " £1",
            "£1 ",
            "1 eur",
            "1 EURO",
            "1 EUR/",
            "££1",
            "٥p",
            "£1£",
            "1.2.3 GBP",
            "123456789012345678901234567890123p",
        ] {
            assert_eq!(stored(text), (text.to_owned(), false), "{text}");
        }
    }

    #[test]
    fn a_fee_is_a_charge_without_rounding() {
        for (text, expected) in [
            ("0.5", "0.50 GBP"),
            ("0.125", "0.125 GBP"),
            ("1e1", "10.00 GBP"),
            ("1000000", "1000000.00 GBP"),
            ("2", "2.00 GBP"),
        ] {
            assert_eq!(of_fee(text), Price::Positive);
            assert_eq!(from_fee(number(text)).unwrap().as_str(), expected);
        }
        for (charge, number) in [
            ("0.50 GBP", "0.5"),
            ("50p", "0.5"),
            ("10.00 GBP", "10"),
            ("1.500 GBP", "1.500"),
            ("0.125 GBP", "0.125"),
            ("1000000.00 GBP", "1000000"),
        ] {
            assert_eq!(fee(charge).unwrap().as_str(), number, "{charge}");
        }
        for charge in [
            "0.00 GBP",
            "1000000.01 GBP",
            "1 EUR",
            "1.00 GBP/hour",
            "free",
            "0.12345678901234567890123456789012 GBP",
        ] {
            assert_eq!(fee(charge), None, "{charge}");
        }
        assert_eq!(of_fee("-0.0"), Price::Nothing);
        assert_eq!(of_fee("-0.1"), Price::Negative);
        assert_eq!(of_fee("1000000.01"), Price::TooHigh);
        assert_eq!(of_fee("1e40"), Price::TooHigh);
        assert_eq!(of_fee("0e-40"), Price::OutOfRange);
        assert_eq!(of_fee("-1e40"), Price::OutOfRange);
    }
}
