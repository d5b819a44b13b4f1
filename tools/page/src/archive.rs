//! The archives of a head, read by the page's own table of types.

use std::collections::BTreeMap;

/// The page.
const PAGE: &str = include_str!("../../../docs/format.md");

/// The types of the page, each with its fields in order.
pub struct Archives(BTreeMap<String, Vec<(String, String)>>);

/// The fields of what was read, each by its path, as the page's types say it: numbers in decimal
/// digits, texts in quotes, bytes as a list, `none`.
pub type Fields = BTreeMap<String, String>;

impl Archives {
    /// Reads the page.
    ///
    /// # Errors
    /// When its table is not where it was, or not in its form.
    pub fn of_the_page() -> Result<Self, String> {
        let table = PAGE.split_once("### Archives (store)");
        let table = table.and_then(|(_, behind)| behind.split_once("```text\n"));
        let table = table.and_then(|(_, behind)| behind.split_once("```"));
        let (table, _) = table.ok_or("the page has no table of archives")?;
        let joined = table.replace("\n                 ", " ");
        let types = joined.lines().map(|line| {
            let (name, fields) = line.split_once('=')?;
            let fields = fields.split(',').map(|field| {
                let (name, kind) = field.trim().split_once(' ')?;
                Some((name.to_owned(), kind.to_owned()))
            });
            Some((name.trim().to_owned(), fields.collect::<Option<_>>()?))
        });
        let types: Option<_> = types.collect();
        types
            .map(Self)
            .ok_or_else(|| "a type without fields".to_owned())
    }

    /// The fields of a blob, whose own bytes are its last.
    ///
    /// # Errors
    /// When they are not what the page says of the type.
    pub fn read(&self, kind: &str, blob: &[u8]) -> Result<Fields, String> {
        let mut out = Fields::new();
        let own = blob.len().checked_sub(self.layout(kind)?.0);
        let at = own.ok_or("a blob shorter than its type")?;
        self.tell(kind, blob, at, "", &mut out)?;
        Ok(out)
    }

    /// How many bytes a type takes, and to what it is aligned.
    fn layout(&self, kind: &str) -> Result<(usize, usize), String> {
        if let Some(of) = kind.strip_prefix("maybe ") {
            let (bytes, aligned) = self.layout(of)?;
            return Ok((aligned + bytes.next_multiple_of(aligned), aligned));
        }
        if let Some(bytes) = kind.strip_prefix('(') {
            let bytes = bytes.trim_end_matches(')').parse();
            return bytes.map(|bytes| (bytes, 1)).map_err(|_| kind.to_owned());
        }
        match kind {
            "u8" => Ok((1, 1)),
            "u32" => Ok((4, 4)),
            "u64" | "i64" => Ok((8, 8)),
            "text" => Ok((8, 4)),
            list if list.starts_with("list ") => Ok((8, 4)),
            name => {
                let (mut bytes, mut most) = (0_usize, 1);
                let fields = self.0.get(name);
                for (_, kind) in fields.ok_or_else(|| format!("{name} is no type"))? {
                    let (field, aligned) = self.layout(kind)?;
                    bytes = bytes.next_multiple_of(aligned) + field;
                    most = most.max(aligned);
                }
                Ok((bytes.next_multiple_of(most), most))
            }
        }
    }

    /// Each field of what lies at `at`.
    fn tell(
        &self,
        kind: &str,
        blob: &[u8],
        at: usize,
        path: &str,
        out: &mut Fields,
    ) -> Result<(), String> {
        let (bytes, aligned) = self.layout(kind)?;
        let own = part(blob, at, bytes)?;
        let mut say = |said: String| {
            out.insert(path.to_owned(), said);
        };
        if let Some(of) = kind.strip_prefix("maybe ") {
            match own[0] {
                0 => say("none".to_owned()),
                1 => self.tell(of, blob, at + aligned, path, out)?,
                other => return Err(format!("{path}: {other} is no choice")),
            }
        } else if let Some(of) = kind.strip_prefix("list ") {
            let first = behind(blob, at, at)?;
            let each = self.layout(of)?.0;
            for number in 0..u32_at(blob, at + 4)? as usize {
                let path = format!("{path}[{number}]");
                self.tell(of, blob, first + number * each, &path, out)?;
            }
        } else if kind.starts_with('(') {
            say(format!("{own:?}"));
        } else if kind == "text" {
            say(format!("{:?}", text(blob, at, own)?));
        } else if let Some(fields) = self.0.get(kind) {
            let mut next = at;
            for (name, kind) in fields {
                let (bytes, aligned) = self.layout(kind)?;
                next = next.next_multiple_of(aligned);
                let path = format!("{path}.{name}");
                self.tell(kind, blob, next, path.trim_start_matches('.'), out)?;
                next += bytes;
            }
        } else {
            let mut number = [0; 8];
            number[..bytes].copy_from_slice(own);
            say(i64::from_le_bytes(number).to_string());
        }
        Ok(())
    }
}

fn part(blob: &[u8], at: usize, bytes: usize) -> Result<&[u8], String> {
    let part = blob.get(at..).and_then(|behind| behind.get(..bytes));
    part.ok_or_else(|| format!("byte {at} lies outside"))
}

fn u32_at(blob: &[u8], at: usize) -> Result<u32, String> {
    let bytes = part(blob, at, 4)?.try_into().expect("4 bytes");
    Ok(u32::from_le_bytes(bytes))
}

/// Where that lies to which the offset at `at` leads from `from`.
fn behind(blob: &[u8], from: usize, at: usize) -> Result<usize, String> {
    let offset = u32_at(blob, at)?.cast_signed();
    let offset = isize::try_from(offset).expect("32 bits");
    from.checked_add_signed(offset)
        .ok_or_else(|| format!("byte {at} leads outside"))
}

fn text<'a>(blob: &'a [u8], at: usize, own: &'a [u8]) -> Result<&'a str, String> {
    let text = if own[0] >> 6 == 0b10 {
        let length = u32_at(blob, at)? as usize;
        let length = (length & 63) + (length & !255) / 4;
        part(blob, behind(blob, at, at + 4)?, length)?
    } else {
        let end = own.iter().position(|byte| *byte == 0xff);
        &own[..end.unwrap_or(own.len())]
    };
    std::str::from_utf8(text).map_err(|_| "a text that is not UTF-8".to_owned())
}

/// The blobs of an unpacked head of this kind.
///
/// # Errors
/// When its footer or its table is not as the page says.
pub fn blobs(plain: &[u8], kind: u8) -> Result<Vec<&[u8]>, String> {
    let footer = plain.len().checked_sub(8).ok_or("too short a head")?;
    if plain[footer + 4..] != [kind, 1, 0, 0] {
        return Err(format!("a footer of {:?}", &plain[footer..]));
    }
    let count = u32_at(plain, footer)? as usize;
    let table = footer.checked_sub(4 * count).ok_or("too long a table")?;
    let mut start = 0;
    let blobs = (0..count).map(|blob| {
        let end = u32_at(plain, table + 4 * blob)? as usize;
        let found = end
            .checked_sub(start)
            .ok_or("a blob that ends before it begins")?;
        let found = part(plain, start, found)?;
        start = end.next_multiple_of(16);
        Ok(found)
    });
    blobs.collect()
}
