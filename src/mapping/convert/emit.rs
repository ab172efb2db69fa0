//! Output that is written while its input is walked: what stays as it is between two changes is copied in one go.

/// Copies runs of the text, and writes literals between them.
pub(super) struct Emit<'t, 'o> {
    text: &'t [u8],
    out: &'o mut Vec<u8>,
    /// A run of the text that is still to be copied; 0 and 0 when there is none.
    from: usize,
    to: usize,
}

impl<'t, 'o> Emit<'t, 'o> {
    pub(super) fn new(text: &'t str, out: &'o mut Vec<u8>) -> Self {
        Self {
            text: text.as_bytes(),
            out,
            from: 0,
            to: 0,
        }
    }

    /// A part of the text.
    #[inline(always)]
    pub(super) fn copy(&mut self, start: usize, end: usize) {
        if start != self.to {
            self.flush();
            self.from = start;
        }
        self.to = end;
    }

    /// A member or an element that stays as it is, behind another one: whether both are written as they stand, so that this
    /// was all. One byte between two values of a container is its comma, one between a name and its value the colon.
    #[inline(always)]
    pub(super) fn runs_on(&mut self, key: (usize, usize), value: (usize, usize)) -> bool {
        // Without a run, what stands before the first member of the document is no comma.
        let runs_on = self.to > 0 && key.0 == self.to + 1 && value.0 == key.1 + 1;
        if runs_on {
            self.to = value.1;
        }
        runs_on
    }

    /// A token of one byte, taken from the text when it stands right there.
    #[inline(always)]
    pub(super) fn token(&mut self, byte: u8) {
        if self.to > 0 && self.text.get(self.to) == Some(&byte) {
            self.to += 1;
        } else {
            self.literal(&[byte]);
        }
    }

    /// What does not come from the text.
    #[inline]
    pub(super) fn literal(&mut self, bytes: &[u8]) {
        self.flush();
        self.out.extend_from_slice(bytes);
    }

    /// The bracket that closes a container, which ends at `end` of the text.
    #[inline]
    pub(super) fn end(&mut self, bracket: u8, end: usize) {
        if self.to + 1 == end {
            self.to = end;
        } else {
            self.literal(&[bracket]);
        }
    }

    /// Copies the run, and returns how much has been written.
    #[inline(always)]
    pub(super) fn flush(&mut self) -> usize {
        if self.to > 0 {
            let run = self.text.get(self.from..self.to).unwrap_or_default();
            self.out.extend_from_slice(run);
        }
        (self.from, self.to) = (0, 0);
        self.out.len()
    }
}
