//! The programs under measurement, and the one folder for all files of a run.

use std::path::{Path, PathBuf};

/// The programs under measurement.
pub struct Programs {
    folder: Folder,
    /// The Node dispatcher.
    pub node: PathBuf,
}

/// Among the temporary ones. It is removed when it is dropped, however a run ends.
struct Folder(PathBuf);

impl Programs {
    /// Those of this folder, written anew in one go, as a deployment does it: what a linker has
    /// written piece by piece lies in the page cache in small pieces, and starts more slowly.
    ///
    /// # Panics
    /// When one is missing.
    pub fn of(release: &Path, node: &Path) -> Self {
        let folder = Folder(std::env::temp_dir().join(format!("bench-{}", std::process::id())));
        std::fs::create_dir_all(&folder.0).expect("a folder in the one for temporary files");
        for program in ["api", "dispatcher", "baseline", "floor"] {
            let copied = std::fs::copy(release.join(program), folder.0.join(program));
            copied.unwrap_or_else(|error| panic!("{program} of {}: {error}", release.display()));
        }
        Self { folder, node: node.to_owned() }
    }

    /// `api` and `dispatcher`, as they are deployed; `baseline` and `floor`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    /// Writes a file that a program is to read, beside the programs.
    ///
    /// # Panics
    /// When there is no room for it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.path(name);
        std::fs::write(&file, content).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        file
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It is in the folder for temporary files.
        std::fs::remove_dir_all(&self.0).ok();
    }
}
