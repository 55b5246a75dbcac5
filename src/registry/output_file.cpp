#include "registry/output_file.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace skiff::registry {
namespace {

std::string directory_of(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

} // namespace

OutputFile::OutputFile(std::string path, IfThere if_there) : path_{std::move(path)}
{
    struct stat status
    {
    };
    if (::stat(path_.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode))
            throw Error{EISDIR, cat("writing ", skiff::quoted(path_))};
        if (!S_ISREG(status.st_mode)) {
            fd_ = open_at(AT_FDCWD, path_, O_WRONLY);
            return;
        }
        if (if_there == IfThere::Refuse && status.st_size > 0)
            throw Error{EEXIST, cat("writing ", skiff::quoted(path_))};
        if (::access(path_.c_str(), W_OK) != 0)
            throw Error{errno, cat("writing ", skiff::quoted(path_))};
        // A link stays a link: what it leads to is replaced.
        if (char* real = ::realpath(path_.c_str(), nullptr)) {
            path_ = real;
            ::free(real); // NOLINT: realpath's memory
        }
    }
    fd_.reset(::open(directory_of(path_).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644));
    has_no_name_ = static_cast<bool>(fd_);
    temporary_ = cat(path_, ".", random_hex(6));
    if (!has_no_name_)
        fd_ = while_doing(cat("writing ", skiff::quoted(path_)),
                          [&] { return open_at(AT_FDCWD, temporary_, O_WRONLY | O_CREAT | O_EXCL, 0644); });
}

OutputFile::~OutputFile()
{
    if (!temporary_.empty() && !has_no_name_)
        ::unlink(temporary_.c_str());
}

void OutputFile::commit()
{
    if (temporary_.empty())
        return;
    if (has_no_name_) {
        if (::linkat(AT_FDCWD, proc_fd_path(fd_.get()).c_str(), AT_FDCWD, temporary_.c_str(), AT_SYMLINK_FOLLOW) != 0)
            throw Error{errno, cat("writing ", skiff::quoted(path_))};
        has_no_name_ = false; // the destructor would remove it now
    }
    if (::rename(temporary_.c_str(), path_.c_str()) != 0)
        throw Error{errno, cat("writing ", skiff::quoted(path_))};
    temporary_.clear();
}

} // namespace skiff::registry
