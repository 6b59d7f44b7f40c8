//! Somebody who is not root, for whom permissions mean something.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Database, Etl};

/// The user who owns nothing.
const NOBODY: u32 = 65_534;

/// Another user with a copy of the binary and a folder of their own.
pub(crate) struct OtherUser {
    folder: TempDir,
}

impl OtherUser {
    /// None, and said so, where we cannot become another.
    pub(crate) fn new() -> Option<OtherUser> {
        let became = Command::new("setpriv").args(WORDS.split(' ').skip(1)).arg("true").status();
        if !became.is_ok_and(|status| status.success()) {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            super::skip(&test, "setpriv cannot become another user (root may)");
            return None;
        }
        let user = OtherUser { folder: super::folder() };
        std::fs::copy(env!("CARGO_BIN_EXE_etl"), user.binary()).expect("a copy of the binary");
        OtherUser::give(user.path());
        set_mode(user.path(), 0o755);
        Some(user)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A copy of the file of the database, in a folder of this user.
    pub(crate) fn copy_of(&self, database: &Database) -> PathBuf {
        let copy = self.path().join("etl.db");
        std::fs::copy(database.sqlite_path(), &copy).expect("a copy");
        OtherUser::give(&copy);
        copy
    }

    fn give(path: &Path) {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("root may give away");
    }

    /// The call, made by this user in the user's folder.
    pub(crate) fn calls(&self, etl: Etl) -> Etl {
        etl.under(WORDS).binary(&self.binary()).in_folder(self.path()).env("HOME", self.path())
    }

    fn binary(&self) -> PathBuf {
        self.path().join("bin-etl")
    }
}

const WORDS: &str = "setpriv --reuid 65534 --regid 65534 --clear-groups";

pub(crate) fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}
