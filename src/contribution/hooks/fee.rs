//! `fee` and `charge`: in v1 a number says both that it costs something and how much.

use smallvec::SmallVec;

use super::one::measure;
use super::{Values, say_of, value};
use crate::contribution::built::Built;
use crate::contribution::charge::{self, Price};
use crate::contribution::kind::{Kind, Normal};
use crate::contribution::number::Number;
use crate::contribution::report::Code;
use crate::mapping::{Call, Finding, Hook, Outputs, RawJson};

pub(crate) struct Fee;

const FEE: usize = 0;
const CHARGE: usize = 1;

impl Fee {
    /// A charge in the form in which it is stored, and what there is to say of it.
    fn charge(charge: Option<RawJson<'_>>, out: &mut Outputs<'_>) {
        let Some(charge) = charge else { return };
        let mut room = SmallVec::new();
        let Some(text) = charge.string_in(&mut room) else {
            return out.keep(CHARGE, CHARGE);
        };
        let normal = charge::normal(text);
        let stored = match &normal {
            Normal::Built(built) => built.as_str(),
            _ => text,
        };
        if !measure(out, "/charge", &Kind::Charge, stored) && !charge::readable(stored) {
            say_of(out, "charge", "/charge", Code::UnreadableCharge);
        }
        match &normal {
            Normal::Built(built) => out.set_string(CHARGE, built.as_str()),
            _ => out.keep(CHARGE, CHARGE),
        }
    }

    /// v2's fee: a bool, or a word for one.
    fn flag(fee: RawJson<'_>, out: &mut Outputs<'_>) {
        match said(fee) {
            Some(flag) if fee.bool().is_none() => out.set_bool(FEE, flag),
            _ => out.keep(FEE, FEE),
        }
    }

    /// v1's number.
    fn amount(fee: RawJson<'_>, has_charge: bool, out: &mut Outputs<'_>) {
        let number = Number::of(fee);
        let price = charge::of_fee(number);
        match price {
            Price::Nothing => out.set_bool(FEE, false),
            Price::Negative => {
                say_of(out, "fee", "/fee", Code::UnusualValue);
                out.set_bool(FEE, false);
            }
            Price::OutOfRange => {
                say_of(out, "fee", "/fee", Code::OutOfRange);
                out.keep(FEE, FEE);
            }
            Price::Positive | Price::TooHigh => {
                if price == Price::TooHigh {
                    say_of(out, "fee", "/fee", Code::OutOfRange);
                }
                out.set_bool(FEE, true);
                match charge::from_fee(number) {
                    _ if has_charge => say_of(out, "fee", "/fee", Code::ShadowedAlias),
                    Some(charge) if price == Price::Positive => {
                        out.set_string(CHARGE, charge.as_str());
                    }
                    _ => {}
                }
            }
        }
    }
}

/// What a fee says as a bool.
fn said(fee: RawJson<'_>) -> Option<bool> {
    fee.bool()
        .or_else(|| fee.says("yes").then_some(true))
        .or_else(|| fee.says("no").then_some(false))
}

/// The number that a charge goes back into, when the fee is true and v1's number can say the amount.
fn folded(values: Values<'_, '_>) -> Option<Built> {
    let (fee, charge) = (value(values, FEE)?, value(values, CHARGE)?);
    let mut room = SmallVec::new();
    let number = charge::fee(charge.string_in(&mut room)?)?;
    (said(fee) == Some(true)).then_some(number)
}

impl Hook for Fee {
    fn up(
        &self,
        values: Values<'_, '_>,
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let (fee, charge) = (value(values, FEE), value(values, CHARGE));
        Self::charge(charge, out);
        match fee {
            Some(fee) if fee.number().is_some() => Self::amount(fee, charge.is_some(), out),
            Some(fee) => Self::flag(fee, out),
            None => {}
        }
        Ok(())
    }

    fn down(
        &self,
        values: Values<'_, '_>,
        call: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let number = folded(values);
        Self::charge(value(values, CHARGE), out);
        if number.is_some() {
            out.leave_out(CHARGE);
        }
        match (value(values, FEE).map(said), number) {
            (Some(Some(true)), Some(number)) => out.set(FEE, number.as_str()),
            // What was assumed may have been respelled since.
            (Some(Some(false)), _) if call.is_assumed("/fee") => {}
            (Some(Some(false)), _) => out.set(FEE, "0"),
            (Some(Some(true)), None) => out.set_bool(FEE, true),
            _ => out.keep(FEE, FEE),
        }
        Ok(())
    }

    fn settle(
        &self,
        values: Values<'_, '_>,
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        Self::charge(value(values, CHARGE), out);
        if let Some(fee) = value(values, FEE) {
            Self::flag(fee, out);
        }
        Ok(())
    }

    fn keeps_places(&self) -> bool {
        true
    }

    fn keeps_to_schema(&self) -> bool {
        true
    }
}
