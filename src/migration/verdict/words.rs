//! A verdict in one line of words and numbers.

use std::fmt;
use std::time::Duration;

use super::{Action, Reason, Verdict};
use crate::migration::bet::Bet;
use crate::migration::report::BetReport;

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.action, &self.rolled_back) {
            (Action::RolledBack, Some(why)) => {
                return write!(
                    f,
                    "rolled back, because {why}; stays on v1 until an operator releases the brake"
                );
            }
            (Action::RollBack, _) => f.write_str("roll back: ")?,
            (Action::Continue, _) => f.write_str("continue: ")?,
            _ => f.write_str("hold: ")?,
        }
        if self.reasons.is_empty() {
            self.write_waiting(f)?;
        }
        write!(f, "{}", Because(self))?;
        if let Some(missing) = self
            .unrecorded
            .filter(|missing| missing.v1 + missing.v2 > 0)
        {
            write!(
                f,
                "; decided and never recorded: at least {} requests of v1 and {} of v2",
                missing.v1, missing.v2
            )?;
        }
        if !self.kept {
            write!(
                f,
                "; the state is not kept, so α is a hundredth of what was set"
            )?;
        }
        Ok(())
    }
}

/// The reasons alone.
struct Because<'a>(&'a Verdict);

impl fmt::Display for Because<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, reason) in self.0.reasons.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { "; " })?;
            self.0.write_reason(*reason, f)?;
        }
        Ok(())
    }
}

impl Verdict {
    /// The reasons in words, as a brake's.
    pub(in crate::migration) fn because(&self) -> String {
        Because(self).to_string()
    }

    fn write_reason(&self, reason: Reason, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bet = |bet| self.bet(bet);
        match reason {
            Reason::Error => self.write_bet(bet(Bet::Error), "errors", f),
            Reason::Failure => self.write_bet(bet(Bet::Failure), "failures", f),
            Reason::Slow => self.write_bet(bet(Bet::Slow), "slow requests", f),
            Reason::Absolute => self.write_bet(bet(Bet::Absolute), "failures", f),
            Reason::Shadow => self.write_bet(bet(Bet::Shadow), "errors on the same requests", f),
            Reason::ErrorRate => {
                f.write_str("more than 10% of v2's requests in the last 5 minutes were errors")
            }
            Reason::FailureRate => f.write_str(
                "more than 2% of v2's requests in the last 5 minutes failed, and more than twice v1's",
            ),
            Reason::SampleRatio => {
                let seen = self.sample_ratio.map_or((0, 0), |ratio| (ratio.v2, ratio.v1));
                write!(
                    f,
                    "v2 did not get its share of the principals ({} of {} in the sample): records are missing, or \
                     another share was in force",
                    seen.0,
                    seen.0 + seen.1
                )
            }
            Reason::Unrecorded => f.write_str("requests are missing, so the evidence is of the others only"),
            Reason::NotKept => write!(
                f,
                "the guard's state can't be stored, so no new evidence is taken: {}",
                self.not_stored.as_deref().unwrap_or_default()
            ),
            Reason::FewerErrors => {
                f.write_str("v2 makes less than 1.5 × v1's errors, by principal")
            }
            Reason::NoErrors => {
                let principals = self.go.map_or(0, |go| go.principals);
                write!(f, "v2 made no error for about {principals} principals")
            }
        }
    }

    fn write_bet(
        &self,
        report: Option<&BetReport>,
        what: &str,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let Some(report) = report else {
            return f.write_str(what);
        };
        let bounds = report.bounds();
        let certain = Certainty(self.alpha);
        if report.bet == Bet::Absolute {
            write!(
                f,
                "v2 fails {:.2}% of its requests; at least {:.2}%, certain to {certain}; {:.2}% is tolerated",
                100.0 * bounds.estimate.unwrap_or_default(),
                100.0 * bounds.lower,
                100.0 * report.tolerated_rate.unwrap_or_default()
            )?;
            return write!(
                f,
                " ({} principals failed in window {})",
                report.errors.v2, report.window
            );
        }
        match bounds.estimate {
            Some(estimate) => write!(f, "v2 makes {estimate:.1} × v1's {what}; ")?,
            None => write!(f, "v2 makes {what} and v1 none; ")?,
        }
        let (at, alone) = match report.bet {
            Bet::Shadow => ("in", " alone"),
            _ => ("on", ""),
        };
        write!(
            f,
            "at least {:.2} ×, certain to {certain} ({} principals {at} v2{alone}, {} {at} v1{alone}, in window {})",
            bounds.lower, report.errors.v2, report.errors.v1, report.window
        )
    }

    fn write_waiting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(go) = self.go else {
            return f.write_str(if self.bets.is_empty() {
                "v2 gets no requests by the share, so there is nothing to judge"
            } else {
                "nothing speaks against v2; at 100% there is no v1 to compare with"
            });
        };
        write!(
            f,
            "not enough evidence yet; about {} principals of v2 seen, {} without an error would do",
            go.principals, go.clean_principals
        )?;
        match go.remaining {
            Some(remaining) => write!(f, ", probably in {}", Rough(remaining)),
            None => Ok(()),
        }
    }
}

/// How certain a bound is at this α, as a percentage without the noise of floating point, and never 100 %.
struct Certainty(f64);

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = (100.0 * (1.0 - self.0)).min(99.999_999_999_9);
        let digits = format!("{percent:.10}");
        write!(f, "{}%", digits.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A time to one or two digits: nobody needs more of a guess.
pub(in crate::migration) struct Rough(pub(in crate::migration) Duration);

impl fmt::Display for Rough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0..=119 => write!(f, "{seconds} s"),
            120..=7_199 => write!(f, "{} min", seconds / 60),
            7_200..=172_799 => write!(f, "{} h", seconds / 3_600),
            _ => write!(f, "{} days", seconds / 86_400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Certainty;

    #[test]
    fn certainty_has_the_digits_of_alpha_and_no_others() {
        // 100 × (1 − 0.00001) is 99.99900000000001.
        for (alpha, percent) in [
            (0.000_01, "99.999%"),
            (0.001, "99.9%"),
            (0.000_5, "99.95%"),
            (0.05, "95%"),
            (0.5, "50%"),
            (0.9, "10%"),
            (0.999_9, "0.01%"),
            (1e-12, "99.9999999999%"),
            (1e-15, "99.9999999999%"),
        ] {
            assert_eq!(Certainty(alpha).to_string(), percent, "α = {alpha}");
        }
    }
}
