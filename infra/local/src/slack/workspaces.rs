//! The workspaces that one can choose from, and their channels.

/// A workspace, which Slack's API calls a team.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Workspace {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) domain: &'static str,
    pub(super) channels: [Channel; 3],
}

/// A channel.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Channel {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
}

pub(super) static WORKSPACES: [Workspace; 2] = [
    Workspace {
        id: "T0ACME",
        name: "Acme",
        domain: "acme",
        channels: [
            Channel { id: "C0ACMEAUDIT", name: "#audit" },
            Channel { id: "C0ACMESECURITY", name: "#security" },
            Channel { id: "C0ACMEGENERAL", name: "#general" },
        ],
    },
    Workspace {
        id: "T0GLOBEX",
        name: "Globex",
        domain: "globex",
        channels: [
            Channel { id: "C0GLOBEXAUDIT", name: "#audit" },
            Channel { id: "C0GLOBEXSECURITY", name: "#security" },
            Channel { id: "C0GLOBEXGENERAL", name: "#general" },
        ],
    },
];

/// A channel with its workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) workspace: &'static Workspace,
    pub(super) channel: &'static Channel,
}

pub(super) fn places() -> impl Iterator<Item = Place> {
    WORKSPACES
        .iter()
        .flat_map(|workspace| workspace.channels.iter().map(move |channel| Place { workspace, channel }))
}

/// The channel with this id.
pub(super) fn place(channel_id: &str) -> Option<Place> {
    places().find(|place| place.channel.id == channel_id)
}
