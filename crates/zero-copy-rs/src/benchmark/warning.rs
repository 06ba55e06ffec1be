//! What makes numbers doubtful, as data.
use super::row::{Row, Sample};
use super::statistics::Spread;

/// More than this part of the median as median deviation is noise.
const NOISY: f64 = 0.1;
/// Milliseconds: an interrupt, a context switch or a page fault of somebody else's is a large part of less.
const SHORT: f64 = 0.1;

/// Why a number is to be doubted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum WarningKind {
    /// The runs differ much.
    Noisy,
    /// The machine held the CPU back meanwhile.
    Throttled,
    /// A cold source was asked for, but not every byte came from a device.
    Cached,
    /// Too short to time.
    Short,
}

/// What makes numbers doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Warning {
    /// Which kind it is.
    pub kind: WarningKind,
    /// A sentence, with the numbers.
    pub message: String,
    /// Indices; none: it is about all of them.
    pub rows: Vec<usize>,
}

/// Of all rows, and of what held the machine back.
pub(super) fn warnings(rows: &[Row], samples: &[Sample], is_cold: bool, restraints: Vec<String>) -> Vec<Warning> {
    let throttled =
        restraints.into_iter().map(|message| Warning { kind: WarningKind::Throttled, message, rows: Vec::new() });
    let of_rows = [noisy(rows), short(rows), if is_cold { cached(rows, samples) } else { None }];
    throttled.chain(of_rows.into_iter().flatten()).collect()
}

/// Three at least: of two the deviation is half of their distance.
fn noisy(rows: &[Row]) -> Option<Warning> {
    let deviation =
        |row: &Row| row.duration_ms.filter(|_| row.runs >= 3).map(|Spread { mad, median, .. }| mad / median);
    let worst = |found: &[usize]| {
        let largest = found.iter().filter_map(|&row| deviation(&rows[row])).fold(0.0, f64::max);
        format!(
            "in {} the runs differ: their median deviation is more than {:.0} % of the median, up to {:.0} %",
            counted(found.len(), "row", "rows"),
            NOISY * 100.0,
            largest * 100.0
        )
    };
    about(WarningKind::Noisy, rows, |_, row| deviation(row).is_some_and(|share| share > NOISY), worst)
}

fn short(rows: &[Row]) -> Option<Warning> {
    let is_short = |_, row: &Row| row.duration_ms.is_some_and(|spread| spread.median < SHORT);
    about(WarningKind::Short, rows, is_short, |found| {
        format!("{} took less than {SHORT} ms: too short to time", counted(found.len(), "row", "rows"))
    })
}

/// What shares extents reads no byte, and has no source to be cold.
fn cached(rows: &[Row], samples: &[Sample]) -> Option<Warning> {
    let was_cached = |row: usize, _: &Row| {
        let mut of_row = samples.iter().filter(|sample| sample.row == row);
        of_row.any(|Sample { report, .. }| report.device_reads.is_none_or(|read| read < report.bytes_moved()))
    };
    about(WarningKind::Cached, rows, was_cached, |found| {
        let counted = counted(found.len(), "row", "rows");
        if found.iter().all(|&row| rows[row].device_reads.is_none()) {
            return format!(
                "{counted} may have been cached: this file system does not account what is read from a device"
            );
        }
        format!("{counted} had a run that read less from the device than it moved: the source was still cached")
    })
}

fn about(
    kind: WarningKind,
    rows: &[Row],
    is_doubtful: impl Fn(usize, &Row) -> bool,
    message: impl Fn(&[usize]) -> String,
) -> Option<Warning> {
    let found: Vec<_> = rows.iter().enumerate().filter(|(at, row)| is_doubtful(*at, row)).map(|(at, _)| at).collect();
    (!found.is_empty()).then(|| Warning { kind, message: message(&found), rows: found })
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{WarningKind, warnings};
    use crate::benchmark::order::Case;
    use crate::benchmark::row::Row;
    use crate::benchmark::statistics::Spread;

    fn row(durations: &[f64]) -> Row {
        let case = Case { size: 1, strategy: None, buffer_size: None };
        Row { runs: durations.len(), duration_ms: Spread::of(durations.iter().copied()), ..Row::new(case) }
    }

    #[test]
    fn rows_that_differ_much_from_run_to_run_are_noisy_and_short_ones_short() {
        let rows = [row(&[10.0, 10.5, 11.0]), row(&[10.0, 20.0, 13.0]), row(&[0.05; 3]), row(&[1.0, 9.0]), row(&[])];
        let told = warnings(&rows, &[], false, vec!["it was hot".into()]);
        let of = |kind| told.iter().filter(move |warning| warning.kind == kind);
        let [throttled, noisy, short] = [WarningKind::Throttled, WarningKind::Noisy, WarningKind::Short]
            .map(|kind| of(kind).map(|warning| (warning.message.as_str(), &warning.rows[..])).collect::<Vec<_>>());
        assert_eq!(throttled, [("it was hot", &[][..])]);
        let differ = "in 1 row the runs differ: their median deviation is more than 10 % of the median, up to 23 %";
        assert_eq!(noisy, [(differ, &[1][..])]);
        assert_eq!(short, [("1 row took less than 0.1 ms: too short to time", &[2][..])]);
        assert_eq!(told.len(), 3);
    }
}
