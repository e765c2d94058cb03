//! Rows of comma-separated values, by RFC 4180: lines end with CRLF, UTF-8, quotes only where they are needed.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula, and would run what
//! somebody wrote into a span. Such a text gets an apostrophe in front, as OWASP advises.

/// Rows under way.
#[derive(Default)]
pub(super) struct Csv {
    out: String,
    is_within_row: bool,
}

impl Csv {
    pub fn into_bytes(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    /// What a trace says, or a reader.
    pub fn text(&mut self, text: &str) {
        self.begin_cell();
        let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let is_quoted = text.contains(['"', ',', '\r', '\n']);
        if is_quoted {
            self.out.push('"');
        }
        if is_formula {
            self.out.push('\'');
        }
        for (nth, piece) in text.split('"').enumerate() {
            if nth > 0 {
                self.out.push_str("\"\"");
            }
            self.out.push_str(piece);
        }
        if is_quoted {
            self.out.push('"');
        }
    }

    pub fn number(&mut self, number: u64) {
        self.begin_cell();
        super::json::put(&mut self.out, format_args!("{number}"));
    }

    /// A share of a whole, 0 to 1; empty when there is no whole.
    pub fn share(&mut self, part: u64, whole: u64) {
        self.begin_cell();
        if whole > 0 {
            super::json::put(&mut self.out, format_args!("{:.6}", part as f64 / whole as f64));
        }
    }

    pub fn end_row(&mut self) {
        self.out.push_str("\r\n");
        self.is_within_row = false;
    }

    fn begin_cell(&mut self) {
        if core::mem::replace(&mut self.is_within_row, true) {
            self.out.push(',');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_never_formulas() {
        let mut csv = Csv::default();
        csv.text("a");
        csv.text("b,c");
        csv.end_row();
        for text in ["", "plain", "a \"b\"", "two\nlines", "=1+1", "+1", "-1", "@A1", "\tx", "\rx", "a=1", "'", "=\"\""]
        {
            csv.text(text);
        }
        csv.end_row();
        csv.number(u64::MAX);
        csv.share(1, 3);
        csv.share(0, 0);
        csv.end_row();
        let expected = concat!(
            "a,\"b,c\"\r\n",
            ",plain,\"a \"\"b\"\"\",\"two\nlines\",'=1+1,'+1,'-1,'@A1,'\tx,\"'\rx\",a=1,',\"'=\"\"\"\"\"\r\n",
            "18446744073709551615,0.333333,\r\n"
        );
        assert_eq!(String::from_utf8(csv.into_bytes()).unwrap(), expected);
    }
}
