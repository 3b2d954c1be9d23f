//! An endpoint of a webhook that was disabled, as people are told of it by mail.

use mohor_domain::{id::Id, people::Post};

/// What they are told. Never the endpoint's address: its path and query may hold secrets of its owner's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointOver {
    /// The endpoint.
    pub webhook: Id,
    /// The stream that it was told of.
    pub stream: String,
    /// The name of the receiver.
    pub host: String,
    /// `gone` or `failing`.
    pub reason: String,
}

/// Who looks after the endpoints of a stream: the integrators of its department; of others those who administer the house.
pub fn looks_after(stream: &str) -> (Post, Option<&str>) {
    match stream.split_once('/') {
        Some(("department", department)) => (Post::Integrator, Some(department)),
        _ => (Post::Administrator, None),
    }
}

/// The name of the receiver, of the address of an endpoint.
pub fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = place.rsplit('@').next().unwrap_or_default();
    match place.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => place.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_the_name_of_its_host_is_told() {
        for (url, host) in [
            ("https://hooks.example.in/secret?token=secret#secret", "hooks.example.in"),
            ("https://hooks.example.in:8443?token=secret", "hooks.example.in"),
            ("https://user:secret@hooks.example.in/", "hooks.example.in"),
            ("http://[2001:db8::1]:80/secret", "2001:db8::1"),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
    }

    #[test]
    fn a_department_looks_after_its_own_and_the_house_after_the_rest() {
        assert_eq!(looks_after("department/BCW"), (Post::Integrator, Some("BCW")));
        assert_eq!(looks_after("bsk/24101"), (Post::Administrator, None));
    }
}
