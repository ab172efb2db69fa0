//! placeholder

mod hours;
