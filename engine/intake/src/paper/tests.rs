//! Media types are told by name and by first bytes.

use super::MediaType;

#[test]
fn a_mime_name_is_read_without_its_parameters() {
    for media in [
        MediaType::Cda,
        MediaType::Json,
        MediaType::Pdf,
        MediaType::Rtf,
        MediaType::Text,
        MediaType::Jpeg,
        MediaType::Png,
        MediaType::Tiff,
        MediaType::Dicom,
    ] {
        let name = format!("{}; charset=utf-8", media.mime().to_uppercase());
        assert_eq!(MediaType::from_mime(&name), Some(media));
    }
    assert_eq!(MediaType::from_mime("video/mp4"), None);
}

#[test]
fn first_bytes_tell_what_they_are_and_text_is_never_guessed() {
    assert_eq!(
        MediaType::sniff(b"\xEF\xBB\xBF\n<x/>"),
        Some(MediaType::Cda)
    );
    assert_eq!(MediaType::sniff(b"  {}"), Some(MediaType::Json));
    assert_eq!(MediaType::sniff(b"{\\rtf1"), Some(MediaType::Rtf));
    let mut dicom = vec![0; 128];
    dicom.extend_from_slice(b"DICM");
    assert_eq!(MediaType::sniff(&dicom), Some(MediaType::Dicom));
    assert_eq!(MediaType::sniff(b"Bonjour"), None);
    assert_eq!(MediaType::sniff(b""), None);
}
