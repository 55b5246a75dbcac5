#include "registry/download.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "registry/curl_library.hpp"
#include "registry/fetch.hpp"
#include "registry/registries_conf.hpp"
#include "registry/tar_files.hpp"

#include <unistd.h>

namespace skiff::registry {
namespace {

constexpr std::uint64_t max_download_bytes = 64ULL << 30U;

class FileSink final : public FetchSink
{
  public:
    explicit FileSink(int file) : file_{file} {}
    bool take(std::string_view data) override
    {
        write_all(file_, data, "temporary file");
        return true;
    }
    bool flush() override { return true; }
    [[nodiscard]] int blocked_fd() const override { return -1; }
    void start_again() override
    {
        if (::ftruncate(file_, 0) != 0 || ::lseek(file_, 0, SEEK_SET) != 0)
            throw Error{errno, "emptying a temporary file"};
    }

  private:
    int file_;
};

/// An HTTP date, by libcurl's reader.
std::optional<std::int64_t> read_date(const std::string& text)
{
    const time_t seconds = text.empty() ? -1 : curl().getdate(text.c_str(), nullptr);
    return seconds < 0 ? std::nullopt : std::optional<std::int64_t>{seconds};
}

} // namespace

Download download_with_facts(const std::string& address, const ConfigPlaces& places, const TransportOptions& options)
{
    return while_doing(cat("downloading ", quoted(shown_address(address))), [&] {
        Download result;
        result.file = open_temporary_file(options.temp_dir);
        const Url url = Url::parse(address);
        const RegistriesConf conf;
        HostRules rules{places, conf, options};
        if (url.scheme == "http")
            rules.set_insecure(url.host_port(), true);
        HttpClient client{options.limits, options.cancel_fd};
        FileSink sink{result.file.get()};
        FetchPlan plan;
        plan.count = 1;
        plan.start = [&](std::size_t) {
            FetchRequest request;
            request.url = url;
            request.limit = max_download_bytes;
            return std::make_unique<Fetch>(client, rules, options, std::move(request), sink);
        };
        plan.on_advance = [&](std::size_t, Fetch& fetch) {
            if (fetch.is_done() && !fetch.is_success())
                throw Error{ErrorKind::Failure,
                            cat("Get \"", url.shown(), "\": the server answers ", fetch.head().status)};
            if (fetch.is_done())
                result.modified_s = read_date(fetch.head().header("last-modified"));
        };
        run_fetches(client, plan);
        if (::lseek(result.file.get(), 0, SEEK_SET) != 0)
            throw Error{errno, "reading a temporary file"};
        return result;
    });
}

UniqueFd download(const std::string& address, const ConfigPlaces& places, const TransportOptions& options)
{
    return download_with_facts(address, places, options).file;
}

} // namespace skiff::registry
