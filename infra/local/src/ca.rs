//! A throw-away certificate authority for TLS receivers.

use std::ops::Range;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::error::{Error, Result};

/// A certificate authority that lives as long as this value.
pub struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl std::fmt::Debug for Ca {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ca")
    }
}

impl Ca {
    /// Makes one with a new key.
    ///
    /// # Errors
    /// When the system has no randomness for it.
    pub fn new() -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new()).map_err(Error::crypto)?;
        params.distinguished_name.push(DnType::CommonName, "Local receivers");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(Error::crypto)?;
        let issuer = CertifiedIssuer::self_signed(params, key).map_err(Error::crypto)?;
        Ok(Self { issuer })
    }

    /// Its certificate, for `DELIVERY_EXTRA_CA_FILE`.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// What a TLS server for these hosts needs. It offers HTTP/1.1 alone.
    ///
    /// # Errors
    /// When a host is no name that a certificate can hold.
    pub fn server_config(&self, hosts: &[&str]) -> Result<Arc<ServerConfig>> {
        let key = KeyPair::generate().map_err(Error::crypto)?;
        let certificate = for_hosts(hosts)?.signed_by(&key, &self.issuer).map_err(Error::crypto)?;
        serving(&certificate, &key)
    }

    /// As [`Ca::server_config`], valid from the beginning of the one year to that of the other.
    ///
    /// # Errors
    /// As above.
    pub fn server_config_of_years(&self, hosts: &[&str], years: Range<i32>) -> Result<Arc<ServerConfig>> {
        let key = KeyPair::generate().map_err(Error::crypto)?;
        let mut params = for_hosts(hosts)?;
        params.not_before = date_time_ymd(years.start, 1, 1);
        params.not_after = date_time_ymd(years.end, 1, 1);
        serving(&params.signed_by(&key, &self.issuer).map_err(Error::crypto)?, &key)
    }

    /// As [`Ca::server_config`], for clients that show a certificate of this authority.
    ///
    /// # Errors
    /// As above.
    pub fn server_config_for_certified(&self, hosts: &[&str]) -> Result<Arc<ServerConfig>> {
        let key = KeyPair::generate().map_err(Error::crypto)?;
        let certificate = for_hosts(hosts)?.signed_by(&key, &self.issuer).map_err(Error::crypto)?;
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).map_err(Error::crypto)?;
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        serving_to(clients.build().map_err(Error::crypto)?, &certificate, &key)
    }

    /// As [`Ca::server_config`], signed by nobody else.
    ///
    /// # Errors
    /// As above.
    pub fn self_signed_server_config(hosts: &[&str]) -> Result<Arc<ServerConfig>> {
        let key = KeyPair::generate().map_err(Error::crypto)?;
        serving(&for_hosts(hosts)?.self_signed(&key).map_err(Error::crypto)?, &key)
    }
}

fn for_hosts(hosts: &[&str]) -> Result<CertificateParams> {
    CertificateParams::new(hosts.iter().map(|&host| host.to_owned()).collect::<Vec<_>>())
        .map_err(Error::crypto)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn serving(certificate: &Certificate, key: &KeyPair) -> Result<Arc<ServerConfig>> {
    serving_to(WebPkiClientVerifier::no_client_auth(), certificate, key)
}

fn serving_to(
    clients: Arc<dyn ClientCertVerifier>,
    certificate: &Certificate,
    key: &KeyPair,
) -> Result<Arc<ServerConfig>> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(Error::crypto)?
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![certificate.der().clone()], key)
        .map_err(Error::crypto)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
