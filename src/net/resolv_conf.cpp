#include "net/resolv_conf.hpp"

#include "base/file.hpp"
#include "net/name_table.hpp"
#include "net/subnet.hpp"

#include <algorithm>

namespace skiff::net {
namespace {

constexpr std::string_view blanks = " \t\r";
constexpr std::size_t size_limit = 1U << 20U;

std::string_view take_line(std::string_view& text)
{
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

std::vector<std::string> split_words(std::string_view line)
{
    std::vector<std::string> words;
    while (true) {
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        if (line.empty())
            return words;
        const std::string_view word = line.substr(0, line.find_first_of(blanks));
        words.emplace_back(word);
        line.remove_prefix(word.size());
    }
}

void append_line(std::string& out, std::string_view keyword, const std::vector<std::string>& words)
{
    if (words.empty())
        return;
    out += keyword;
    for (const std::string& word : words) {
        out += ' ';
        out += word;
    }
    out += '\n';
}

void append_new(std::vector<std::string>& list, const std::string& word)
{
    if (std::find(list.begin(), list.end(), word) == list.end())
        list.push_back(word);
}

} // namespace

ResolvConf parse_resolv_conf(std::string_view text)
{
    ResolvConf conf;
    while (!text.empty()) {
        // A comment takes a whole line, by resolv.conf(5); behind a server's address people write them, too.
        const std::string_view line = take_line(text);
        std::vector<std::string> words = split_words(line.substr(0, line.find_first_of("#;")));
        if (words.size() < 2)
            continue;
        const std::string keyword = words.front();
        words.erase(words.begin());
        if (keyword == "nameserver")
            append_new(conf.name_servers, words.front());
        else if (keyword == "search")
            conf.search = std::move(words);
        else if (keyword == "domain")
            conf.search = {words.front()};
        else if (keyword == "options")
            for (const std::string& word : words)
                append_new(conf.options, word);
    }
    return conf;
}

std::string to_text(const ResolvConf& conf)
{
    std::string out;
    append_line(out, "search", conf.search);
    for (const std::string& server : conf.name_servers)
        append_line(out, "nameserver", {server});
    append_line(out, "options", conf.options);
    return out;
}

ResolvConf load_host_resolv_conf()
{
    const auto load = [](const char* path) {
        const auto text = find_file(AT_FDCWD, path, size_limit);
        return text ? parse_resolv_conf(*text) : ResolvConf{};
    };
    ResolvConf conf = load("/etc/resolv.conf");
    if (conf.name_servers == std::vector<std::string>{"127.0.0.53"}) {
        ResolvConf behind = load("/run/systemd/resolve/resolv.conf");
        if (!behind.name_servers.empty())
            return behind;
    }
    return conf;
}

bool is_loopback_server(const std::string& address)
{
    const std::string plain = address.substr(0, address.find('%'));
    if (const auto ipv4 = find_ipv4(plain))
        return (ntohl(ipv4->s_addr) >> 24U) == 127U;
    const auto ipv6 = find_ipv6(plain);
    return ipv6 && (IN6_IS_ADDR_LOOPBACK(&*ipv6) || (IN6_IS_ADDR_V4MAPPED(&*ipv6) && ipv6->s6_addr[12] == 127));
}

ResolvConf make_resolv_conf(const ResolvRequest& request)
{
    ResolvConf conf;
    if (request.name_service) {
        conf.name_servers = request.network_servers;
    } else if (!request.dns.empty()) {
        conf.name_servers = request.dns;
    } else {
        conf.name_servers = request.network_servers;
        for (const std::string& server : request.host.name_servers)
            if (request.host_network || !is_loopback_server(server))
                append_new(conf.name_servers, server);
    }
    conf.search = request.dns_search.empty() ? request.host.search : request.dns_search;
    if (request.name_service && request.dns_search.empty())
        conf.search.insert(conf.search.begin(), std::string{container_domain});
    if (std::find(conf.search.begin(), conf.search.end(), ".") != conf.search.end())
        conf.search.clear();
    conf.options = request.dns_options.empty() ? request.host.options : request.dns_options;
    return conf;
}

} // namespace skiff::net
