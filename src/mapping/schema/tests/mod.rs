//! What the schema room promises.
