//! Which bytes come next.
use super::Cursor;

fn next(cursor: &Cursor, limit: usize) -> Option<(u64, u64, u64, usize)> {
    cursor.span(limit).map(|span| (span.from, span.to, span.run, span.len))
}

#[test]
fn a_range_begins_at_its_offset_and_lands_at_the_beginning() {
    let mut cursor = Cursor::new(1000, Some(250));
    assert_eq!(next(&cursor, 100), Some((1000, 0, 250, 100)));
    cursor.advance(100);
    assert_eq!(next(&cursor, 100), Some((1100, 100, 150, 100)));
    cursor.advance(149);
    assert_eq!(next(&cursor, 100), Some((1249, 249, 1, 1)));
    cursor.advance(1);
    assert_eq!((next(&cursor, 100), cursor.done(), cursor.total()), (None, 250, Some(250)));
}

#[test]
fn nothing_is_left_of_an_empty_range() {
    assert_eq!(next(&Cursor::new(7, Some(0)), 100), None);
}

#[test]
fn without_a_length_it_goes_on_to_the_last_offset_that_a_file_can_have() {
    let last = i64::MAX as u64;
    let mut cursor = Cursor::new(last - 5, None);
    assert_eq!((next(&cursor, 100), cursor.total()), (Some((last - 5, 0, 5, 5)), None));
    cursor.advance(5);
    assert_eq!(next(&cursor, 100), None);
}

#[test]
fn lengths_beyond_four_gib_stay_what_they_are() {
    let mut cursor = Cursor::new(1 << 33, Some(1 << 40));
    cursor.advance((1 << 40) - 3);
    assert_eq!(next(&cursor, 100), Some(((1 << 33) + (1 << 40) - 3, (1 << 40) - 3, 3, 3)));
}
