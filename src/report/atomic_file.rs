//! A file that is there whole or not at all: written beside its place under another name, then renamed.
//!
//! Whoever reads the place meanwhile, or after a crash, finds what was there before.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("{path} is {what}")]
    NotAFile { path: String, what: &'static str },
    #[error("{path}: {error}")]
    Failed { path: String, error: io::Error },
}

/// The file on its way. Dropped before it is put in place, it leaves no trace.
pub(crate) struct AtomicFile {
    place: PathBuf,
    temporary: PathBuf,
    out: BufWriter<File>,
    is_placed: bool,
}

impl AtomicFile {
    /// Begins a file that its owner alone may read. What is no file (a link, a device) is never replaced.
    pub(crate) fn create(place: &Path) -> Result<Self, FileError> {
        Self::create_with(place, 0o600)
    }

    /// Begins a file that is there for a program of another user to read.
    pub(crate) fn create_readable(place: &Path) -> Result<Self, FileError> {
        Self::create_with(place, 0o644)
    }

    fn create_with(place: &Path, mode: u32) -> Result<Self, FileError> {
        refuse_what_is_no_file(place)?;
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let temporary = place.with_file_name(format!(".{name}.{:08x}.partial", fastrand::u32(..)));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        let file = options.open(&temporary).map_err(|error| failed(place, error))?;
        let place = place.to_owned();
        Ok(Self { place, temporary, out: BufWriter::new(file), is_placed: false })
    }

    /// What an error of writing to this file is called.
    pub(crate) fn failed(&self, error: io::Error) -> FileError {
        failed(&self.place, error)
    }

    /// Puts the file in its place, once the disk has all of it.
    pub(crate) fn put_in_place(mut self) -> Result<(), FileError> {
        self.finish().map_err(|error| failed(&self.place, error))
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        fs::rename(&self.temporary, &self.place)?;
        self.is_placed = true;
        let folder = self.place.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if !self.is_placed
            && let Err(error) = fs::remove_file(&self.temporary)
        {
            log::warn!("{} could not be removed: {error}", self.temporary.display());
        }
    }
}

fn refuse_what_is_no_file(place: &Path) -> Result<(), FileError> {
    let what = match fs::symlink_metadata(place) {
        Ok(found) if found.is_file() => return Ok(()),
        Ok(found) if found.is_dir() => "a folder",
        Ok(found) if found.is_symlink() => "a symbolic link",
        Ok(_) => "no regular file",
        Err(_) if place.file_name().is_none() => "no name of a file",
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(place, error)),
    };
    Err(FileError::NotAFile { path: place.display().to_string(), what })
}

fn failed(place: &Path, error: io::Error) -> FileError {
    FileError::Failed { path: place.display().to_string(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        entries.map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn the_old_file_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("figures.snap");
        fs::write(&place, "old").unwrap();
        let mut file = AtomicFile::create(&place).unwrap();
        file.write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "old");
        file.put_in_place().unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "new");
        assert_eq!(names(folder.path()), ["figures.snap"]);
    }

    #[test]
    fn a_file_that_is_given_up_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = AtomicFile::create(&folder.path().join("x.csv")).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("elsewhere", &link).unwrap();
        for place in [&link, folder.path(), Path::new("/dev/null"), Path::new("/")] {
            assert!(matches!(AtomicFile::create(place), Err(FileError::NotAFile { .. })));
        }
        assert_eq!(names(folder.path()), ["link"]);
    }
}
