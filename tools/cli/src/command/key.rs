//! `liasse key`: key files.

use crate::args::Key;
use crate::fault::Fault;
use crate::output;

/// Makes a key file.
pub(crate) fn run(key: &Key) -> Result<(), Fault> {
    match key {
        Key::New { file } => {
            liasse::new_key_file(file)?;
            output::line(&format!(
                "made {}; keep it apart from the store and its backups: without it nothing opens",
                file.display()
            ));
            Ok(())
        }
    }
}
