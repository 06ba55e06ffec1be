//! Which kernel this is: asked once a process.
use std::sync::OnceLock;

/// The release, as `uname -r` prints it.
pub(crate) fn release() -> &'static str {
    static RELEASE: OnceLock<String> = OnceLock::new();
    RELEASE.get_or_init(|| {
        nix::sys::utsname::uname().map_or_else(|_| String::new(), |name| name.release().to_string_lossy().into_owned())
    })
}

/// `copy_file_range` before 5.3 had bugs that lost data (LWN 789527; golang/go#42400 switched it off for them).
pub(crate) fn has_sound_copy_file_range() -> bool {
    static SOUND: OnceLock<bool> = OnceLock::new();
    *SOUND.get_or_init(|| at_least(release(), (5, 3)))
}

/// What cannot be read as a version is taken for a new kernel: the call itself will tell.
fn at_least(release: &str, floor: (u32, u32)) -> bool {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= floor,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::at_least;

    #[test]
    fn releases_are_compared_as_numbers() {
        for (release, sound) in [
            ("4.18.0-553.el8_10.x86_64", false),
            ("5.2.21", false),
            ("5.3.0", true),
            ("5.10.0-28-amd64", true),
            ("6.18", true),
            ("10.0.1+", true),
            ("unreadable", true),
        ] {
            assert_eq!(at_least(release, (5, 3)), sound, "{release}");
        }
    }
}
