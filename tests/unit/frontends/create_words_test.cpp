#include "support.hpp"

#include "frontends/compose/create_words.hpp"
#include "frontends/compose/hook_words.hpp"
#include "frontends/compose/mount_words.hpp"
#include "frontends/compose/resource_words.hpp"

namespace skiff::compose {
namespace {

/// The words for a service without labels and what is always there.
std::string words(const std::string& keys, const OneOff* one_off = nullptr, unsigned number = 1)
{
    SmallWorld world{"services:\n  web:\n    image: i\n" + keys + "networks: {back: {name: spine}, default: {}}\nvolumes: {data: {}}\n"};
    const Project project = load(world);
    Instance instance;
    instance.number = number;
    instance.name = "shop-web-1";
    std::string out;
    for (const std::string& word : make_create_words(project, project.service("web"), instance, one_off))
        if (!word.starts_with("--label=com.docker") && !word.starts_with("--label=io.skiff"))
            out += word + "|";
    const std::string start = "create|--name|shop-web-1|--pull|never|";
    EXPECT_EQ(out.substr(0, start.size()), start);
    return out.substr(start.size());
}

TEST(CreateWords, MountsWhatMovesOverWhereverItWas)
{
    SmallWorld world{"services:\n  web:\n    image: i\n"};
    const Project project = load(world);
    Instance instance;
    instance.kept_volumes = {{"/data", "v"}, {"/data:ro", "w"}};

    const std::vector<std::string> mounts = make_mount_words({project, project.service("web"), instance});

    EXPECT_EQ(mounts, (std::vector<std::string>{"--volume=v:/data", "--mount=type=volume,source=w,target=/data:ro"}));
}

TEST(CreateWords, HasAnOptionForEachKey)
{
    const std::string network = "--network=shop_default:alias=web|";
    const std::pair<const char*, const char*> cases[] = {
        {"    user: me:us\n", "--user=me:us|{net}i|"},
        {"    environment: {A: 'x y', B: ''}\n", "--env=A=x y|--env=B=|{net}i|"},
        {"    command: sh -c 'a b'\n", "{net}i|sh|-c|a b|"},
        {"    entrypoint: [a, 'b c']\n", "{net}--entrypoint=[\"a\",\"b c\"]|i|"},
        {"    ports: ['8080:80', '127.0.0.1:53:53/udp', '9']\n", "--publish=8080:80/tcp|--publish=127.0.0.1:53:53/udp|--publish=9/tcp|{net}i|"},
        {"    expose: ['3000', 4000-4001]\n", "--expose=3000|--expose=4000-4001|{net}i|"},
        {"    volumes: ['./src:/src:ro', 'data:/data:nocopy', '/anon']\n", "{net}--volume=/home/me/shop/src:/src:ro|--volume=shop_data:/data:nocopy|--volume=/anon|i|"},
        {"    volumes: [{type: tmpfs, target: /t, tmpfs: {size: 1m, mode: '755'}}]\n", "{net}--tmpfs=/t:size=1048576,mode=755|i|"},
        {"    volumes: [{type: volume, source: data, target: /d, volume: {subpath: s}}]\n", "{net}--mount=type=volume,source=shop_data,target=/d,subpath=s|i|"},
        {"    tmpfs: ['/run', '/tmp:size=1m']\n", "{net}--tmpfs=/run|--tmpfs=/tmp:size=1m|i|"},
        {"    networks: {back: {aliases: [w, x], ipv4_address: 10.1.1.2, priority: 2}, default: {gw_priority: 5, link_local_ips: [169.254.8.8]}}\n",
         "--network=spine:alias=web,alias=w,alias=x,ip=10.1.1.2|--network=shop_default:alias=web,gw_priority=5,link_local_ip=169.254.8.8|i|"},
        {"    network_mode: host\n", "--network=host|i|"},
        {"    healthcheck: {test: [CMD, a, b], interval: 5s, retries: 2}\n", "{net}--health-cmd=[\"CMD\",\"a\",\"b\"]|--health-interval=5s|--health-retries=2|i|"},
        {"    healthcheck: {test: [CMD, a], start_period: 1m, start_interval: 500ms}\n",
         "{net}--health-cmd=[\"CMD\",\"a\"]|--health-start-period=1m0s|--health-start-interval=500ms|i|"},
        {"    healthcheck: {disable: true}\n", "{net}--no-healthcheck|i|"},
        {"    restart: unless-stopped\n", "{net}--restart=unless-stopped|i|"},
        {"    restart: on-failure:3\n", "{net}--restart=on-failure:3|i|"},
        {"    deploy: {restart_policy: {condition: any, delay: 5s, max_attempts: 3, window: 2m}}\n",
         "{net}--restart=always:3|--restart-delay=5s|--restart-window=2m0s|i|"},
        {"    deploy: {restart_policy: {delay: 0s}}\n", "{net}--restart=always|i|"},
        {"    restart: on-failure:3\n    deploy: {restart_policy: {condition: none, delay: 5s}}\n", "{net}--restart=no|i|"},
        {"    deploy: {restart_policy: {condition: on-failure, max_attempts: 3}, resources: {limits: {cpus: '0.5', memory: 64m, pids: 9}}}\n",
         "{net}--cpus=0.5|--memory=67108864|--pids-limit=9|--restart=on-failure:3|i|"},
        {"    init: true\n    tty: true\n    stdin_open: true\n", "--init|--tty|--interactive|{net}i|"},
        {"    stop_signal: INT\n    stop_grace_period: 1500ms\n", "--stop-signal=INT|--stop-timeout=2|{net}i|"},
        {"    hostname: h\n    domainname: d.e\n", "--hostname=h.d.e|{net}i|"},
        {"    extra_hosts: {a: 1.2.3.4, b: host-gateway}\n", "{net}--add-host=a:1.2.3.4|--add-host=b:host-gateway|i|"},
        {"    dns: 9.9.9.9\n    dns_opt: [use-vc]\n    dns_search: [x.y]\n", "{net}--dns=9.9.9.9|--dns-option=use-vc|--dns-search=x.y|i|"},
        {"    cap_add: [NET_ADMIN]\n    cap_drop: [ALL]\n    privileged: true\n", "{net}--privileged|--cap-add=NET_ADMIN|--cap-drop=ALL|i|"},
        {"    security_opt: ['no-new-privileges:true', 'label:disable']\n", "{net}--security-opt=no-new-privileges|--security-opt=label=disable|i|"},
        {"    gpus: all\n", "--gpus=all|{net}i|"},
        {"    gpus: [{count: 2}]\n    devices: [vendor.com/x=y]\n", "--device=vendor.com/x=y|--gpus=0|--gpus=1|{net}i|"},
        {"    deploy: {resources: {reservations: {devices: [{driver: nvidia, device_ids: ['0', '3'], capabilities: [gpu]}]}}}\n", "--gpus=0|--gpus=3|{net}i|"},
        {"    sysctls: {net.core.somaxconn: 1024}\n    devices: ['/dev/fuse', '/dev/a:/dev/b:r']\n",
         "--sysctl=net.core.somaxconn=1024|--device=/dev/fuse:/dev/fuse:rwm|--device=/dev/a:/dev/b:r|{net}i|"},
        {"    devices: ['/dev/disk/by-id/a=b:/dev/x:r']\n", "--device=/dev/disk/by-id/a=b:/dev/x:r|{net}i|"},
        {"    devices: [{source: /dev/disk/by-id/a=b, target: /dev/x, permissions: r}]\n", "--device=/dev/disk/by-id/a=b:/dev/x:r|{net}i|"},
        {"    devices: [{source: /dev/a}, {source: /dev/b, target: /dev/c}]\n", "--device=/dev/a|--device=/dev/b:/dev/c|{net}i|"},
        {"    ulimits: {nproc: 99, nofile: {soft: 1, hard: 2}}\n", "{net}--ulimit=nproc=99|--ulimit=nofile=1:2|i|"},
        {"    shm_size: 1m\n    read_only: true\n", "{net}--read-only|--shm-size=1048576|i|"},
        {"    logging: {driver: json-file, options: {max-size: 1m}}\n", "{net}--log-driver=json-file|--log-opt=max-size=1m|i|"},
        {"    labels: {a: b}\n    annotations: {c: d}\n", "--label=a=b|--annotation=c=d|{net}i|"},
        {"    working_dir: /w\n    group_add: ['5']\n    platform: linux/amd64\n", "--workdir=/w|--group-add=5|--platform=linux/amd64|{net}i|"},
    };
    for (const auto& [keys, expected] : cases) {
        std::string whole = expected;
        if (const std::size_t at = whole.find("{net}"); at != std::string::npos)
            whole.replace(at, 5, network);
        EXPECT_EQ(words(keys), whole) << keys;
    }
}

TEST(CreateWords, NamesContainersOfOtherServices)
{
    EXPECT_EQ(words("    network_mode: service:db\n    pid: service:db\n    volumes_from: ['db:ro', 'container:x']\n  db: {image: d}\n"),
              "--pid=container:shop-db-1|--network=container:shop-db-1|--volumes-from=shop-db-1:ro|--volumes-from=x|i|");
}

TEST(CreateWords, GivesEachContainerAPortOfARange)
{
    EXPECT_THAT(words("    ports: ['8000-8002:80']\n", nullptr, 2), testing::HasSubstr("--publish=8001:80/tcp|"));
    EXPECT_THAT(error_of([] { words("    ports: ['8000-8002:80']\n", nullptr, 4); }), testing::HasSubstr("do not suffice for container 4"));
}

TEST(CreateWords, ChangesWhatRunSays)
{
    OneOff one_off;
    one_off.slug = "abc";
    one_off.command = std::vector<std::string>{"migrate"};
    one_off.user = "root";
    one_off.auto_remove = true;
    EXPECT_EQ(words("    command: serve\n    user: me\n    restart: always\n    ports: ['80:80']\n    tty: true\n", &one_off),
              "--user=root|--network=shop_default|--rm|i|migrate|");
}

TEST(CreateWords, AnEntrypointOfRunComesWithoutTheCommandOfTheService)
{
    OneOff one_off;
    one_off.entrypoint = "id";
    EXPECT_EQ(words("    entrypoint: [sh]\n    command: serve\n", &one_off), "--network=shop_default|--entrypoint=[\"id\"]|i|");
    one_off.command = std::vector<std::string>{"-u"};
    EXPECT_EQ(words("    entrypoint: [sh]\n    command: serve\n", &one_off), "--network=shop_default|--entrypoint=[\"id\"]|i|-u|");
    one_off.entrypoint = "sh -c 'a b'";
    EXPECT_EQ(words("    entrypoint: [sh]\n", &one_off), "--network=shop_default|--entrypoint=[\"sh\",\"-c\",\"a b\"]|i|-u|");
    one_off.entrypoint = "";
    EXPECT_EQ(words("    entrypoint: [sh]\n", &one_off), "--network=shop_default|--entrypoint=|i|-u|");
}

TEST(CreateWords, TheMainNetworkHasTheServicesHardwareAddress)
{
    const std::string mac = "    mac_address: 02:42:ac:11:00:03\n";
    EXPECT_EQ(words(mac + "    networks: {default: , back: {priority: 1}}\n"),
              "--network=spine:alias=web,mac=02:42:ac:11:00:03|--network=shop_default:alias=web|i|");
    EXPECT_EQ(words(mac + "    networks: {back: {mac_address: 02:42:ac:11:00:09}}\n"), "--network=spine:alias=web,mac=02:42:ac:11:00:09|i|");
    EXPECT_EQ(words(mac + "    network_mode: private\n"), "--network=private|--mac-address=02:42:ac:11:00:03|i|");
}

TEST(CreateWords, LinksAreAliases)
{
    EXPECT_THAT(words("  app: {image: a, links: ['web:frontend']}\n"), testing::HasSubstr("--network=shop_default:alias=web,alias=frontend|"));
}

TEST(CreateWords, RefusesByName)
{
    EXPECT_THAT(error_of([] { words("    ports: ['80:80/sctp']\n"); }), testing::HasSubstr("sctp ports are not supported"));
}

TEST(CreateWords, HooksOfAllKindsHaveTheSameWords)
{
    const std::string keys = "command: [a, b]\n        user: me\n        privileged: true\n        working_dir: /w\n        environment: {K: v}\n";
    const Project project = load(SmallWorld{"services:\n  web:\n    image: i\n    post_start:\n      - " + keys + "    pre_stop:\n      - " + keys});
    for (const char* hooks : {"post_start", "pre_stop"})
        EXPECT_THAT(hook_words(project.service("web").node.find(hooks)->items.at(0), "c1"),
                    testing::ElementsAre("exec", "--user=me", "--privileged", "--workdir=/w", "--env=K=v", "c1", "a", "b"));
}

TEST(CreateWords, GiveANetworkTheFamiliesThatItEnables)
{
    const auto words = [](const std::string& keys) {
        const Project project = load(SmallWorld{"services:\n  web: {image: i, networks: [n]}\nnetworks: {n: {" + keys + "}}\n"});
        return make_network_words(project, *project.find_network("n"));
    };
    const std::string subnet = "ipam: {config: [{subnet: '2001:db8::/64'}]}";
    EXPECT_THAT(words("enable_ipv6: true, " + subnet), testing::IsSupersetOf({"--ipv6", "--subnet=2001:db8::/64"}));
    const auto without = words("enable_ipv4: false, enable_ipv6: true, " + subnet);
    EXPECT_THAT(without, testing::Contains("--subnet=2001:db8::/64"));
    EXPECT_THAT(without, testing::Not(testing::Contains("--ipv6")));
    EXPECT_THROW(words("enable_ipv4: false, enable_ipv6: true"), Error);
    EXPECT_THROW(words("enable_ipv4: false, ipam: {config: [{subnet: 10.9.0.0/24}]}"), Error);
}

TEST(CreateWords, DescribeNetworksAndVolumes)
{
    const Project project = load(SmallWorld{"services:\n  web: {image: i, networks: [n], volumes: ['v:/v']}\n"
                                            "networks: {n: {internal: true, driver_opts: {mtu: 1400}, labels: [a=b], ipam: {config: [{subnet: 10.9.0.0/24, gateway: 10.9.0.1, aux_addresses: {nas: 10.9.0.5}}]}}}\n"
                                            "volumes: {v: {driver_opts: {type: tmpfs, o: size=1m}}}\n"});
    const auto network = make_network_words(project, *project.find_network("n"));
    EXPECT_THAT(network, testing::IsSupersetOf({"--internal", "--opt=mtu=1400", "--label=a=b", "--subnet=10.9.0.0/24", "--gateway=10.9.0.1", "--aux-address=nas=10.9.0.5"}));
    EXPECT_EQ(network.back(), "shop_n");
    const auto volume = make_volume_words(project, *project.find_volume("v"));
    EXPECT_THAT(volume, testing::IsSupersetOf({"--opt=type=tmpfs", "--opt=o=size=1m", "--label=com.docker.compose.volume=v"}));
}

} // namespace
} // namespace skiff::compose
