/** What stands for the items of maps and lists (see `MARK`), and the values that they are of. */
const MAPS: readonly (readonly [mark: string, values: string])[] = [
  ["zq-labels", ".Values.labels"],
  ["zq-annotations", ".Values.annotations"],
  ["zq-pod-annotations", ".Values.server.podAnnotations"],
  ["zq-node-selector", ".Values.server.placement.nodeSelector"],
  ["zq-service-monitor-labels", ".Values.monitoring.serviceMonitor.labels"],
  [
    "zq-dashboard-labels",
    '(ternary .Values.monitoring.dashboard.labels (dict "grafana_dashboard" "1") (kindIs "map" .Values.monitoring.dashboard.labels))',
  ],
  ["zq-alert-labels", ".Values.monitoring.alerts.labels"],
  ["zq-ingress-annotations", ".Values.http.ingress.annotations"],
];

const PEERS: readonly (readonly [mark: string, values: string])[] = [
  ["zq-clients", ".Values.networkPolicies.clients"],
  ["zq-http", ".Values.networkPolicies.http"],
  ["zq-dns", ".Values.networkPolicies.dns"],
  ["zq-database", ".Values.database.networkPeers"],
  ["zq-tracing", ".Values.tracing.networkPeers"],
];

/** Puts loops where the marks are. */
export function fillCollections(manifest: string): string {
  let filled = manifest;
  for (const [mark, values] of MAPS) {
    filled = filled.replace(
      new RegExp(`^( *)${mark}: x$`, "gm"),
      (_line, indent: string) => `{{- with ${values} }}{{ toYaml . | nindent ${indent.length} }}{{- end }}`,
    );
  }
  for (const [mark, values] of PEERS) {
    filled = filled.replace(
      new RegExp(`^( *)- ipBlock:\\n *cidr: ${mark}$`, "gm"),
      (_line, indent: string) =>
        `{{- range ${values} }}{{ include "count.peer" . | nindent ${indent.length} }}{{- end }}`,
    );
  }
  return filled
    .replace(
      /^( *)- name: zq-pull$/gm,
      (_line, indent: string) =>
        `{{- range .Values.images.pullSecrets }}\n${indent}- name: {{ . | quote }}\n{{- end }}`,
    )
    .replace(
      /^( *)- key: zq-tolerations\n *operator: Exists$/gm,
      (_line, indent: string) =>
        `{{- range .Values.server.placement.tolerations }}{{ include "count.toleration" . | nindent ${indent.length} }}{{- end }}`,
    );
}
