"""The editor's service: people's sessions on exported models, without a web framework or engine."""
