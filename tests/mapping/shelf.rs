//! The hooks that the definitions of the tests name.

use cutover::mapping::{Call, Code, Finding, Hook, Outputs, RawJson};

/// `A-12` ↔ `{"aisle":"A","number":12}`
pub(crate) struct Shelf;

impl Hook for Shelf {
    fn up(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let Some(Some(value)) = values.first() else {
            return Ok(());
        };
        let text = value.string().unwrap_or_default();
        let (aisle, number) = text.split_once('-').ok_or_else(|| refused("no shelf"))?;
        out.set(0, &format!(r#"{{"aisle":"{aisle}","number":{number}}}"#));
        Ok(())
    }

    fn down(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let Some(Some(value)) = values.first() else {
            return Ok(());
        };
        let shelf: serde_json::Value = serde_json::from_str(value.text()).unwrap_or_default();
        let members = shelf.as_object().map_or(0, serde_json::Map::len);
        let number = shelf["number"].as_u64().filter(|number| *number < 10_000);
        match (shelf["aisle"].as_str(), number) {
            (Some(aisle), Some(number))
                if members == 2
                    && aisle.len() == 1
                    && aisle.bytes().all(|b| b.is_ascii_uppercase()) =>
            {
                out.set(0, &format!("\"{aisle}-{number}\""));
                Ok(())
            }
            _ => Err(refused("no shelf of v1")),
        }
    }
}

/// Width and height ↔ `21x30`
pub(crate) struct Size;

impl Hook for Size {
    fn up(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let number = |at: usize| {
            let value = values.get(at).copied().flatten()?;
            value.number()?.parse::<f64>().ok()
        };
        match (number(0), number(1)) {
            (Some(width), Some(height)) => out.set(0, &format!("\"{width}x{height}\"")),
            (None, None) => {}
            _ => return Err(refused("both or neither")),
        }
        Ok(())
    }

    fn down(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let Some(Some(value)) = values.first() else {
            return Ok(());
        };
        let text = value.string().unwrap_or_default();
        let (width, height) = text.split_once('x').ok_or_else(|| refused("no size"))?;
        for (at, side) in [width, height].into_iter().enumerate() {
            if side.starts_with('0') || side.len() > 3 {
                return Err(refused("no size of v1"));
            }
            out.set(at, side);
        }
        Ok(())
    }
}

fn refused(why: &'static str) -> Finding {
    Finding::error(Code::OUT_OF_DOMAIN, "", why)
}
