//! Host name to addresses that may be dialed. Every answer is judged at every
//! dial; there is no other way to a [`Target`].

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use domain::address::{AddressRefused, DangerAllowedCidrs, VettedAddress, vet};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use platform::settings::ConnectTo;

/// A judged address and the port to dial there.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    address: VettedAddress,
    port: u16,
}

impl Target {
    /// What to dial.
    pub const fn socket(self) -> SocketAddr {
        SocketAddr::new(self.address.ip(), self.port)
    }
}

/// Why a host cannot be dialed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// No name server gave an address.
    #[error("the name does not resolve")]
    Dns,
    /// An address is not to be dialed.
    #[error(transparent)]
    Refused(#[from] AddressRefused),
}

/// Resolves names and judges the answers.
pub struct Resolver {
    dns: Option<TokioResolver>,
    allowed: DangerAllowedCidrs,
    connect_to: ConnectTo,
}

impl Resolver {
    /// Asks the system's name servers, nothing else: no search list, no hosts
    /// file. Without name servers every name fails to resolve.
    pub fn new(allowed: DangerAllowedCidrs, connect_to: ConnectTo) -> Self {
        Self { dns: system_resolver(), allowed, connect_to }
    }

    /// The same, but it asks this name server instead of the system's.
    #[must_use]
    pub fn asking(self, server: SocketAddr) -> Self {
        let mut asked = NameServerConfig::udp_and_tcp(server.ip());
        for connection in &mut asked.connections {
            connection.port = server.port();
        }
        Self { dns: resolver_of(vec![asked]), ..self }
    }

    /// The addresses of a host, all of them judged, IPv4 first.
    ///
    /// # Errors
    /// [`Unresolved`]; one refused address refuses all.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<Target>, Unresolved> {
        if let Some(socket) = self.connect_to.find(host, port) {
            return self.judge(&[socket.ip()], socket.port());
        }
        // An address in place of a name never comes this far, unless a row was
        // written by other means. Judged like any answer, it would be dialed
        // without anyone having asked a name server.
        if host.parse::<IpAddr>().is_ok() || host.starts_with('[') {
            return Err(Unresolved::Dns);
        }
        let dns = self.dns.as_ref().ok_or(Unresolved::Dns)?;
        let answers = dns.lookup_ip(format!("{host}.")).await.map_err(|_| Unresolved::Dns)?;
        let answers: Vec<IpAddr> = answers.iter().collect();
        self.judge(&answers, port)
    }

    fn judge(&self, answers: &[IpAddr], port: u16) -> Result<Vec<Target>, Unresolved> {
        match vet(answers, &self.allowed) {
            Ok(vetted) => Ok(vetted.into_iter().map(|address| Target { address, port }).collect()),
            Err(AddressRefused::NoAddress) => Err(Unresolved::Dns),
            Err(refused) => Err(refused.into()),
        }
    }
}

fn system_resolver() -> Option<TokioResolver> {
    let (system, _) = hickory_resolver::system_conf::read_system_conf().ok()?;
    resolver_of(system.name_servers().to_vec())
}

fn resolver_of(servers: Vec<NameServerConfig>) -> Option<TokioResolver> {
    let servers = ResolverConfig::from_parts(None, Vec::new(), servers);
    let mut options = ResolverOpts::default();
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.use_hosts_file = ResolveHosts::Never;
    options.ndots = 0;
    // One second, and one more: a silent answer to one of the two questions (A and
    // AAAA) must leave time for the connection that the other allows.
    options.timeout = Duration::from_millis(1_000);
    options.attempts = 1;
    // An answer may have 64 KB.
    options.cache_size = 512;
    // A name may move: an answer is kept as long as a connection at most.
    options.positive_max_ttl = Some(Duration::from_secs(60));
    options.negative_max_ttl = Some(Duration::from_secs(5));
    options.try_tcp_on_error = true;
    let mut builder = TokioResolver::builder_with_config(servers, TokioRuntimeProvider::default());
    *builder.options_mut() = options;
    builder.build().ok()
}
