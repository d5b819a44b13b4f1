//! Blocks become lines, cells tabs, and nothing else is added or doubled.

use super::{TextTooLong, TextWriter, decode_base64, is_plain, laid_out, plain};

fn write(room: usize, steps: impl FnOnce(&mut TextWriter)) -> String {
    let mut writer = TextWriter::within(room);
    steps(&mut writer);
    writer.finish()
}

#[test]
fn a_word_cut_by_markup_stays_one_word() {
    let text = write(100, |writer| {
        assert!(writer.words("HbA").is_ok());
        assert!(writer.words("1c ").is_ok());
        assert!(writer.words("\n 6,5").is_ok());
    });
    assert_eq!(text, "HbA1c 6,5");
}

#[test]
fn a_row_is_one_line_whatever_its_cells_hold() {
    let text = write(100, |writer| {
        for row in [["a", "b c"], ["", "d"]] {
            writer.line();
            for cell in row {
                writer.open_cell();
                assert!(writer.words(cell).is_ok());
                writer.line();
                writer.line();
                assert!(writer.words(cell).is_ok());
                writer.close_cell();
            }
            writer.line();
        }
    });
    assert_eq!(text, "a; a\tb c; b c\nd; d");
}

#[test]
fn an_item_has_a_dash_only_if_it_has_words() {
    let text = write(100, |writer| {
        writer.item();
        writer.item();
        assert!(writer.words("x").is_ok());
        writer.line();
        assert!(writer.words("y").is_ok());
    });
    assert_eq!(text, "- x\ny");
}

#[test]
fn the_room_is_never_exceeded() {
    let mut writer = TextWriter::within(16);
    assert_eq!(writer.words("abc def"), Ok(()));
    assert_eq!(writer.words(" ghi jkl"), Err(TextTooLong));
    assert!(writer.finish().len() <= 16);
}

#[test]
fn plain_text_keeps_lines_and_one_empty_line() {
    assert_eq!(plain("\r\n a  b\r\n\r\n\r\nc\nd\u{c}\n"), "a b\n\nc\nd");
    assert_eq!(plain("\ta \t\t b\t\n"), "a\tb");
    assert_eq!(plain(" \r\n"), "");
}

#[test]
fn base64_is_read_with_white_space_and_without_padding() {
    assert_eq!(decode_base64("aGV\n sbG8="), Some(b"hello".to_vec()));
    assert_eq!(decode_base64("aGVsbG8"), Some(b"hello".to_vec()));
    assert_eq!(decode_base64("aGV*"), None);
    assert_eq!(decode_base64("a"), None);
}

/// A text that is passed over as laid out already is what laying it out would give; every text of
/// up to five of these characters.
#[test]
fn a_text_that_is_passed_over_was_laid_out_already() {
    let letters = [
        "a", " ", "\t", "\n", "\u{c}", "\u{a0}", "\u{ab}", "\u{2019}", "\u{2003}",
    ];
    let mut texts = vec![String::new()];
    let mut passed_over = 0;
    for _ in 0..5 {
        let longer = texts
            .iter()
            .flat_map(|text| letters.map(|letter| text.clone() + letter));
        texts = longer.collect();
        for text in &texts {
            passed_over += usize::from(is_plain(text));
            assert_eq!(plain(text), laid_out(text), "{text:?}");
        }
    }
    assert!(passed_over > 1000, "{passed_over}");
    assert!(is_plain("Fi\u{e8}vre \u{2264} 38,5 \u{b0}C\n\nToux\tnon"));
}
