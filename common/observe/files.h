// Files that are read again while the process runs: what became of the latest look, as metrics. A file that cannot be used leaves in force
// what was read before, and somebody has to learn of it.
#ifndef HEITIE_COMMON_OBSERVE_FILES_H_
#define HEITIE_COMMON_OBSERVE_FILES_H_

#include <string>

namespace heitie::observe {

// `file` is what the file is for ("jwks", "db_password"), never its path or content.
// The content was taken into use.
void NoteFileRead(const std::string& file);
// The content that is there now cannot be used. The log says why.
void NoteFileRefused(const std::string& file);
// Nothing is wrong with it, and nothing new.
void NoteFileFine(const std::string& file);

}  // namespace heitie::observe

#endif  // HEITIE_COMMON_OBSERVE_FILES_H_
