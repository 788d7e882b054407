/** What the templates share. `count.serverConfig` and `count.migrateSpec`, which have checksums, are added to it. */
export const HELPERS = `{{/* Written by \`npm run synth\`. */}}

{{- define "count.name" -}}
{{- .Values.name | default .Release.Name | trunc 30 | trimSuffix "-" -}}
{{- end }}

{{- define "count.image" -}}
{{- with .Values.images.count -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag }}{{ end -}}
{{- end -}}
{{- end }}

{{- define "count.number" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ int64 . }}{{ end -}}
{{- end }}

{{- define "count.checksum" -}}
{{- . | fromYaml | toJson | sha256sum -}}
{{- end }}

{{- define "count.peer" -}}
{{- $peer := dict -}}
{{- if .cidr -}}
{{- $_ := set $peer "ipBlock" (dict "cidr" .cidr) -}}
{{- end -}}
{{- if hasKey . "namespaceLabels" -}}
{{- $_ := set $peer "namespaceSelector" (ternary (dict "matchLabels" .namespaceLabels) (dict) (not (empty .namespaceLabels))) -}}
{{- end -}}
{{- if hasKey . "podLabels" -}}
{{- $_ := set $peer "podSelector" (ternary (dict "matchLabels" .podLabels) (dict) (not (empty .podLabels))) -}}
{{- end -}}
{{- toYaml (list $peer) -}}
{{- end }}

{{- define "count.toleration" -}}
{{- toYaml (list (merge (dict) . (dict "operator" "Equal"))) -}}
{{- end }}

{{/* What the schema of the values cannot say. */}}
{{- define "count.check" -}}
{{- with .Values.server.settings -}}
{{- if ge (int64 .drainDelayMs) (int64 .stopLimitMs) -}}
{{- fail (printf "server.settings.drainDelayMs: %d is not accepted; expected less than stopLimitMs, or nothing is left for draining" (int64 .drainDelayMs)) -}}
{{- end -}}
{{- if and (hasKey . "totalsRetentionDays") (ne (toString .totalsRetentionDays) "unlimited") (lt (int64 .totalsRetentionDays) (int64 (.bucketRetentionDays | default 35))) -}}
{{- fail (printf "server.settings.totalsRetentionDays: %d is not accepted; expected bucketRetentionDays (default 35) or more" (int64 .totalsRetentionDays)) -}}
{{- end -}}
{{- end -}}
{{- with .Values.server.autoscaling -}}
{{- if gt (int64 (.minReplicas | default 2)) (int64 (.maxReplicas | default 6)) -}}
{{- fail "server.autoscaling.maxReplicas: expected at least minReplicas" -}}
{{- end -}}
{{- end -}}
{{- range $key, $_ := .Values.labels -}}
{{- if hasPrefix "app.kubernetes.io/" $key -}}
{{- fail (printf "labels.%s: expected another key: the bundle sets app.kubernetes.io/ itself" $key) -}}
{{- end -}}
{{- end -}}
{{- end }}
`;

/** What Helm prints after an installation. */
export const NOTES = `{{- include "count.check" . -}}
{{- $name := include "count.name" . -}}
Count {{ .Chart.AppVersion }} is in the namespace {{ .Release.Namespace }} as {{ $name }}.

1. It waits for these Secrets, if they are not there yet:

   {{ .Values.database.credentials.name }}   {{ .Values.database.credentials.usernameKey }}, {{ .Values.database.credentials.passwordKey }}: the role of the servers
{{- with .Values.database.migrationCredentials }}
   {{ .name }}   {{ .usernameKey | default "username" }}, {{ .passwordKey | default "password" }}: the role that migrates
{{- end }}
   {{ .Values.database.ca.name }}   {{ .Values.database.ca.key }}: the authority of the database's certificate, which must bear the name {{ .Values.database.host }}
{{- if eq .Values.tls.mode "secret" }}
   {{ .Values.tls.secretName | default "count-tls" }}   tls.crt, tls.key, ca.crt: the servers' certificate
{{- end }}
{{- if kindIs "map" .Values.tracing }}
{{- if kindIs "map" .Values.tracing.headersSecret }}
   {{ .Values.tracing.headersSecret.name | default "count-tracing" }}   {{ .Values.tracing.headersSecret.key | default "headers" }}: headers for the collector, key=value,key=value
{{- end }}
{{- end }}
{{- if kindIs "map" .Values.auth }}
   {{ (.Values.auth.file).name | default "count-auth" }}   {{ (.Values.auth.file).key | default "auth.yaml" }}: who may call; \`count token\` makes entries
   {{ (.Values.auth.rollupToken).name | default "count-rollup-token" }}   {{ (.Values.auth.rollupToken).key | default "token" }}: the roll-up's token, of the scope rollup
{{- end }}

   kubectl create secret generic --namespace {{ .Release.Namespace }} {{ .Values.database.credentials.name }} \\
     --from-literal={{ .Values.database.credentials.usernameKey }}=count --from-file={{ .Values.database.credentials.passwordKey }}=./password
   kubectl create secret generic --namespace {{ .Release.Namespace }} {{ .Values.database.ca.name }} --from-file={{ .Values.database.ca.key }}=./ca.crt

2. Wait until it is ready:

   kubectl rollout status --namespace {{ .Release.Namespace }} deployment/{{ $name }} --timeout 10m

   What the migration says: kubectl logs --namespace {{ .Release.Namespace }} --selector app.kubernetes.io/component=migrate,app.kubernetes.io/instance={{ $name }}

3. Count. Clients connect to dns:///{{ $name }}-headless.{{ .Release.Namespace }}.svc:7777 and balance by themselves (round robin).
{{- if .Values.networkPolicies.enabled }}
   NetworkPolicies let in whom networkPolicies.clients names; by default that is pods with the label count-client: "true".
{{- end }}

4. Look:

{{ if kindIs "map" .Values.auth }}   kubectl exec --stdin --namespace {{ .Release.Namespace }} deployment/{{ $name }} --container count -- count totals --pending --token-file /dev/stdin <reader-token
{{- else }}   kubectl exec --namespace {{ .Release.Namespace }} deployment/{{ $name }} --container count -- count totals --pending
{{- end }}

   The page is on port 7779, for a browser here by
   kubectl port-forward --namespace {{ .Release.Namespace }} deployment/{{ $name }} 7779

   The CronJob {{ $name }}-rollup closes the days that are over, every night.
{{- if or (not .Values.monitoring.serviceMonitor) (not .Values.monitoring.alerts) (not .Values.monitoring.dashboard) }}

Metrics are on port 7780; monitoring.serviceMonitor, monitoring.alerts and monitoring.dashboard make a ServiceMonitor, alert rules and a Grafana dashboard.
{{- end }}
`;
