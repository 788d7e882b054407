{{/* Written by `npm run synth`. */}}

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

{{- define "count.migrateSpec" -}}
activeDeadlineSeconds: {{ int64 .Values.migration.deadlineSeconds }}
backoffLimit: {{ int64 .Values.migration.backoffLimit }}
podFailurePolicy:
  rules:
    - action: Ignore
      onPodConditions:
        - status: "True"
          type: DisruptionTarget
    - action: FailJob
      onExitCodes:
        containerName: migrate
        operator: In
        values:
          - 2
          - 78
      onPodConditions: []
template:
  metadata:
    annotations:
      checksum/migrations: 81c3de011ee354e361cfc8f7dcd078a5ad2e9ace0f464ce4369c0b05019e3d63
      count/database-secret-revision: {{ .Values.database.secretRevision | quote }}
    labels:
      app.kubernetes.io/component: migrate
      app.kubernetes.io/instance: {{ include "count.name" . | quote }}
      app.kubernetes.io/managed-by: count-synth
      app.kubernetes.io/name: count
      app.kubernetes.io/part-of: count
      app.kubernetes.io/version: 0.1.0
{{- with .Values.labels }}{{ toYaml . | nindent 6 }}{{- end }}
  spec:
    automountServiceAccountToken: false
    containers:
      - args:
          - migrate
        env:
          - name: COUNT_MIGRATE_WAIT_MS
            value: "{{ mul (int64 .Values.migration.waitSeconds) 1000 }}"
          - name: DB_URL
            value: postgresql://{{ .Values.database.host }}:{{ int64 .Values.database.port }}/{{ .Values.database.database }}?sslmode=verify-full&sslrootcert=%2Fetc%2Fcount%2Fdatabase%2Fca.crt
          - name: PGUSER
            valueFrom:
              secretKeyRef:
{{- if kindIs "map" .Values.database.migrationCredentials }}
                key: {{ (.Values.database.migrationCredentials.usernameKey | default "username") | quote }}
                name: {{ (.Values.database.migrationCredentials.name | default "count-database") | quote }}
{{- else }}
                key: {{ .Values.database.credentials.usernameKey | quote }}
                name: {{ .Values.database.credentials.name | quote }}
{{- end }}
          - name: PGPASSWORD
            valueFrom:
              secretKeyRef:
{{- if kindIs "map" .Values.database.migrationCredentials }}
                key: {{ (.Values.database.migrationCredentials.passwordKey | default "password") | quote }}
                name: {{ (.Values.database.migrationCredentials.name | default "count-database") | quote }}
{{- else }}
                key: {{ .Values.database.credentials.passwordKey | quote }}
                name: {{ .Values.database.credentials.name | quote }}
{{- end }}
        image: {{ include "count.image" . | quote }}
        imagePullPolicy: {{ .Values.images.pullPolicy | quote }}
        name: migrate
        resources:
          limits:
            memory: {{ .Values.migration.resources.memoryLimit | quote }}
          requests:
            cpu: {{ .Values.migration.resources.cpu | quote }}
            memory: {{ .Values.migration.resources.memory | quote }}
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop:
              - ALL
          readOnlyRootFilesystem: true
        volumeMounts:
          - mountPath: /tmp
            name: tmp
          - mountPath: /etc/count/database
            name: database-ca
            readOnly: true
    enableServiceLinks: false
{{- if .Values.images.pullSecrets }}
    imagePullSecrets:
{{- range .Values.images.pullSecrets }}
      - name: {{ . | quote }}
{{- end }}
{{- end }}
{{- if .Values.server.placement.nodeSelector }}
    nodeSelector:
{{- with .Values.server.placement.nodeSelector }}{{ toYaml . | nindent 6 }}{{- end }}
{{- end }}
{{- if .Values.server.placement.priorityClassName }}
    priorityClassName: {{ .Values.server.placement.priorityClassName | quote }}
{{- end }}
    restartPolicy: Never
    securityContext:
      fsGroup: 65532
      fsGroupChangePolicy: OnRootMismatch
      runAsGroup: 65532
      runAsNonRoot: true
      runAsUser: 65532
      seccompProfile:
        type: RuntimeDefault
    serviceAccountName: {{ include "count.name" . }}-migrate
{{- if .Values.server.placement.tolerations }}
    tolerations:
{{- range .Values.server.placement.tolerations }}{{ include "count.toleration" . | nindent 6 }}{{- end }}
{{- end }}
    volumes:
      - emptyDir:
          sizeLimit: 64Mi
        name: tmp
      - name: database-ca
        secret:
          defaultMode: 288
          items:
            - key: {{ .Values.database.ca.key | quote }}
              path: ca.crt
          secretName: {{ .Values.database.ca.name | quote }}
{{- end }}

{{- define "count.serverConfig" -}}
{{- if hasKey .Values.server.settings "bucketRetentionDays" }}
COUNT_BUCKET_RETENTION_DAYS: "{{ include "count.number" .Values.server.settings.bucketRetentionDays }}"
{{- end }}
{{- if or (and (kindIs "map" .Values.auth) (and (eq .Values.tls.mode "secret") .Values.tls.clientSecretName)) (and (kindIs "map" .Values.auth) (eq .Values.tls.mode "secret")) (and (kindIs "map" .Values.auth) (eq .Values.tls.mode "cert-manager")) (kindIs "map" .Values.auth) }}
COUNT_AUTH_FILE: /etc/count/auth/auth.yaml
{{- end }}
COUNT_DB_POOL_SIZE: "{{ include "count.number" .Values.server.settings.dbPoolSize }}"
COUNT_DB_RETRY_LIMIT_MS: "{{ include "count.number" .Values.server.settings.dbRetryLimitMs }}"
COUNT_DRAIN_DELAY_MS: "{{ include "count.number" .Values.server.settings.drainDelayMs }}"
COUNT_GRPC_ADDRESS: :7777
COUNT_HEALTH_ADDRESS: :7781
COUNT_HTTP_ADDRESS: :7780
{{- if or (and (kindIs "map" .Values.auth) (and (eq .Values.tls.mode "secret") .Values.tls.clientSecretName)) (and (kindIs "map" .Values.auth) (eq .Values.tls.mode "secret")) (and (kindIs "map" .Values.auth) (eq .Values.tls.mode "cert-manager")) (and (eq .Values.tls.mode "secret") .Values.tls.clientSecretName) }}
{{- else }}
COUNT_INSECURE: "true"
{{- end }}
COUNT_LOG_FORMAT: json
COUNT_LOG_LEVEL: {{ .Values.server.settings.logLevel | quote }}
{{- if hasKey .Values.server.settings "maxMessageBytes" }}
COUNT_MAX_MESSAGE_BYTES: "{{ include "count.number" .Values.server.settings.maxMessageBytes }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxConnections" }}
COUNT_MAX_CONNECTIONS: "{{ include "count.number" .Values.server.settings.maxConnections }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxConnectionsPerClient" }}
COUNT_MAX_CONNECTIONS_PER_CLIENT: "{{ include "count.number" .Values.server.settings.maxConnectionsPerClient }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxCalls" }}
COUNT_MAX_CALLS: "{{ include "count.number" .Values.server.settings.maxCalls }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxCallsPerClient" }}
COUNT_MAX_CALLS_PER_CLIENT: "{{ include "count.number" .Values.server.settings.maxCallsPerClient }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxBatchesPerSecond" }}
COUNT_MAX_BATCHES_PER_SECOND: "{{ include "count.number" .Values.server.settings.maxBatchesPerSecond }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxBatchesPerSecondPerClient" }}
COUNT_MAX_BATCHES_PER_SECOND_PER_CLIENT: "{{ include "count.number" .Values.server.settings.maxBatchesPerSecondPerClient }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxMessagesPerSecond" }}
COUNT_MAX_MESSAGES_PER_SECOND: "{{ include "count.number" .Values.server.settings.maxMessagesPerSecond }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxMessagesPerSecondPerClient" }}
COUNT_MAX_MESSAGES_PER_SECOND_PER_CLIENT: "{{ include "count.number" .Values.server.settings.maxMessagesPerSecondPerClient }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxConnectionAgeMs" }}
COUNT_MAX_CONNECTION_AGE_MS: "{{ include "count.number" .Values.server.settings.maxConnectionAgeMs }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxConnectionAgeGraceMs" }}
COUNT_MAX_CONNECTION_AGE_GRACE_MS: "{{ include "count.number" .Values.server.settings.maxConnectionAgeGraceMs }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxPathBytes" }}
COUNT_MAX_PATH_BYTES: "{{ include "count.number" .Values.server.settings.maxPathBytes }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxPathsPerService" }}
COUNT_MAX_PATHS_PER_SERVICE: "{{ include "count.number" .Values.server.settings.maxPathsPerService }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxServices" }}
COUNT_MAX_SERVICES: "{{ include "count.number" .Values.server.settings.maxServices }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxAheadMs" }}
COUNT_MAX_AHEAD_MS: "{{ include "count.number" .Values.server.settings.maxAheadMs }}"
{{- end }}
{{- if hasKey .Values.server.settings "maxBehindMs" }}
COUNT_MAX_BEHIND_MS: "{{ include "count.number" .Values.server.settings.maxBehindMs }}"
{{- end }}
{{- if hasKey .Values.server.settings "metricsToday" }}
COUNT_METRICS_TODAY: {{ .Values.server.settings.metricsToday | quote }}
{{- end }}
COUNT_STOP_LIMIT_MS: "{{ include "count.number" .Values.server.settings.stopLimitMs }}"
{{- if hasKey .Values.server.settings "totalsRetentionDays" }}
COUNT_TOTALS_RETENTION_DAYS: "{{ include "count.number" .Values.server.settings.totalsRetentionDays }}"
{{- end }}
{{- if and (kindIs "map" .Values.auth) (and (eq .Values.tls.mode "secret") .Values.tls.clientSecretName) }}
COUNT_TLS_CERT_FILE: /etc/count/tls/tls.crt
COUNT_TLS_CLIENT_CA_FILE: /etc/count/tls/ca.crt
COUNT_TLS_KEY_FILE: /etc/count/tls/tls.key
{{- else if or (and (kindIs "map" .Values.auth) (eq .Values.tls.mode "secret")) (and (kindIs "map" .Values.auth) (eq .Values.tls.mode "cert-manager")) }}
COUNT_TLS_CERT_FILE: /etc/count/tls/tls.crt
COUNT_TLS_KEY_FILE: /etc/count/tls/tls.key
{{- else if and (eq .Values.tls.mode "secret") .Values.tls.clientSecretName }}
COUNT_TLS_CERT_FILE: /etc/count/tls/tls.crt
COUNT_TLS_CLIENT_CA_FILE: /etc/count/tls/ca.crt
COUNT_TLS_KEY_FILE: /etc/count/tls/tls.key
{{- else if or (eq .Values.tls.mode "secret") (eq .Values.tls.mode "cert-manager") }}
COUNT_TLS_CERT_FILE: /etc/count/tls/tls.crt
COUNT_TLS_KEY_FILE: /etc/count/tls/tls.key
{{- end }}
COUNT_WEB_ADDRESS: :7779
{{- if or (and (kindIs "map" .Values.tracing) (kindIs "map" .Values.tracing.headersSecret) .Values.tracing.networkPeers) (and (kindIs "map" .Values.tracing) (kindIs "map" .Values.tracing.headersSecret)) (and (kindIs "map" .Values.tracing) .Values.tracing.networkPeers) (kindIs "map" .Values.tracing) }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ (.Values.tracing.scheme | default "http") }}://{{ .Values.tracing.host }}:{{ int64 (.Values.tracing.port | default 4318) }}
OTEL_EXPORTER_OTLP_PROTOCOL: {{ (.Values.tracing.protocol | default "http/protobuf") | quote }}
OTEL_SERVICE_NAME: {{ include "count.name" . | quote }}
OTEL_TRACES_SAMPLER: parentbased_traceidratio
OTEL_TRACES_SAMPLER_ARG: "{{ divf (int64 (.Values.tracing.samplePercent | default 100)) 100 }}"
{{- end }}
{{- end }}
