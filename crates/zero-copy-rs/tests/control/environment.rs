//! `ZERO_COPY_RS_DISABLE`: an operator's way out.
use zero_copy_rs::{Attempt, Available, CopyFile, ErrorKind, Outcome, Reflinks, Strategy, copy_file, probe};

use crate::support::bytes::random;
use crate::support::child;
use crate::support::place::Place;

const DISABLE: &str = "ZERO_COPY_RS_DISABLE";
const REASON: Option<&str> = Some("switched off by ZERO_COPY_RS_DISABLE");

fn outcomes(attempts: &[Attempt]) -> Vec<(Strategy, Outcome, Option<&'static str>)> {
    attempts.iter().map(|attempt| (attempt.strategy, attempt.outcome, attempt.reason)).collect()
}

#[test]
fn what_is_switched_off_is_avoided_by_auto_and_an_error_by_name() {
    let name = "environment::what_is_switched_off_is_avoided_by_auto_and_an_error_by_name";
    let disabled = "copy_file_range, reflink ,of_a_later_version,,Sendfile";
    child::with_environment(name, &[(DISABLE, disabled)], || {
        let place = Place::preferably_on("xfs");
        let source = place.file("source", &random(1, 10_000));
        let report = copy_file(&source, place.join("copy")).unwrap();
        // names are exact: "Sendfile" is none
        let wanted = [
            (Strategy::Reflink, Outcome::Avoided, REASON),
            (Strategy::CopyFileRange, Outcome::Avoided, REASON),
            (Strategy::Sendfile, Outcome::Finished, None),
        ];
        assert_eq!(outcomes(&report.attempts), wanted);

        let old = place.file("old", b"old content");
        for strategy in [Strategy::Reflink, Strategy::CopyFileRange] {
            for destination in [&old, &place.join("new")] {
                let error = CopyFile::new(&source, destination).strategy(strategy).run().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::StrategyUnavailable);
                assert_eq!((error.description(), error.refusal().is_none()), (REASON.unwrap(), true));
            }
        }
        assert_eq!(std::fs::read(&old).unwrap(), b"old content");
        assert!(!place.join("new").exists());

        let list = [Strategy::Reflink, Strategy::Splice];
        let report = CopyFile::new(&source, place.join("new")).strategies(list).run().unwrap();
        let wanted = [(list[0], Outcome::Avoided, REASON), (list[1], Outcome::Finished, None)];
        assert_eq!(outcomes(&report.attempts), wanted);

        let forced = CopyFile::new(&source, place.join("new")).reflinks(Reflinks::Always).run().unwrap_err();
        assert_eq!((forced.kind(), forced.description()), (ErrorKind::StrategyUnavailable, REASON.unwrap()));
        for found in probe(Some(&place)).unwrap().strategies {
            let is_off = [Strategy::Reflink, Strategy::CopyFileRange].contains(&found.strategy);
            assert_eq!(found.available == Available::Avoided, is_off, "{found:?}");
            assert!(!is_off || found.reason == REASON);
        }
    });
}

#[test]
fn with_everything_switched_off_nothing_is_touched() {
    let name = "environment::with_everything_switched_off_nothing_is_touched";
    let all = Strategy::ALL.iter().map(|strategy| strategy.name()).collect::<Vec<_>>().join(",");
    child::with_environment(name, &[(DISABLE, &all)], || {
        let place = Place::anywhere();
        let (source, old) = (place.file("source", b"new"), place.file("old", b"old content"));
        for destination in [&old, &place.join("new")] {
            let error = copy_file(&source, destination).unwrap_err();
            assert_eq!((error.kind(), error.bytes()), (ErrorKind::StrategyUnavailable, 0));
            assert!(error.attempts().iter().all(|attempt| attempt.outcome == Outcome::Avoided));
            assert_eq!(error.attempts().len(), 4, "all that auto would have tried");
        }
        assert_eq!(std::fs::read(&old).unwrap(), b"old content");
        assert_eq!(place.names(), ["old", "source"]);
    });
}
