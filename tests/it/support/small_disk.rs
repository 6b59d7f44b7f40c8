//! A disk of its own, so small that it can be filled: where that can be made, which takes root.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A tmpfs of some kilobytes; unmounted with the value.
pub(crate) struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// None, and said so, where none can be mounted.
    pub(crate) fn mount(kilobytes: u32) -> Option<SmallDisk> {
        let folder = super::folder();
        let size = format!("size={kilobytes}k,mode=0777");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder.path())
            .output();
        if !mount.is_ok_and(|mount| mount.status.success()) {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            super::skip(&test, "no tmpfs can be mounted (root may)");
            return None;
        }
        Some(SmallDisk { folder })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes up all the room but some kilobytes; `make_room` gives it back.
    pub(crate) fn fill_but(&self, kilobytes: usize) {
        let mut filler = fs::File::create(self.filler()).expect("a file");
        while filler.write_all(&[0; 1024]).is_ok() {}
        let length = filler.metadata().expect("a file").len();
        let left = length.saturating_sub(1024 * kilobytes as u64);
        filler.set_len(left).expect("a shorter file");
    }

    pub(crate) fn make_room(&self) {
        fs::remove_file(self.filler()).expect("the filler is there");
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Also while a server has not yet closed its files.
        drop(Command::new("umount").arg("--lazy").arg(self.folder.path()).status());
    }
}
