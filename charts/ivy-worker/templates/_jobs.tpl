{{/* Pods of the jobs and hooks: one short command of the worker each. */}}

{{/*
When hooks run before the workers do. The Secret of an ExternalSecret is not there before an
install: its hooks then come right after it.
*/}}
{{- define "ivy-worker.hookTimes" -}}
{{- .Values.secrets.external.enabled | ternary "post-install,pre-upgrade" "pre-install,pre-upgrade" -}}
{{- end -}}

{{- define "ivy-worker.hookAnnotations" -}}
helm.sh/hook: {{ include "ivy-worker.hookTimes" .root }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{/*
`args`, `config` (name of the ConfigMap), `component`; `account` where the pod may have the release's,
`saslSecret` and `tlsSecret` where it enters Kafka by other Secrets than the workers.
*/}}
{{- define "ivy-worker.jobTemplate" -}}
metadata:
  labels:
    {{- $labels := omit (include "ivy-worker.mapping" (dict "what" "the labels" "text" (include "ivy-worker.labels" .root)) | fromJson) "helm.sh/chart" }}
    {{- mergeOverwrite (deepCopy .root.Values.podLabels) $labels (dict "app.kubernetes.io/component" .component) | toYaml | nindent 4 }}
  {{- with include "ivy-worker.annotations" (dict "root" .root) }}
  {{- . | nindent 2 }}
  {{- end }}
spec:
  {{- include "ivy-worker.jobPod" . | nindent 2 }}
{{- end -}}

{{- define "ivy-worker.jobPod" -}}
{{- $jobs := .root.Values.jobs -}}
restartPolicy: Never
{{ include "ivy-worker.podCommon" .root }}
{{- if or .account (not .root.Values.serviceAccount.create) }}
serviceAccountName: {{ include "ivy-worker.serviceAccount" .root | quote }}
{{- end }}
{{- with $jobs.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $jobs.affinity }}
affinity:
  {{- tpl (toYaml .) $.root | nindent 2 }}
{{- end }}
{{- with $jobs.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: {{ .component | quote }}
    image: {{ include "ivy-worker.jobImage" .root | quote }}
    imagePullPolicy: {{ default .root.Values.image.pullPolicy $jobs.image.pullPolicy }}
    args:
      {{- range .args }}
      - {{ . | toString | quote }}
      {{- end }}
    env:
      {{- include "ivy-worker.env.links" .root | nindent 6 }}
      - {name: HF_HUB_OFFLINE, value: "1"}
      {{- with .root.Values.extraEnv }}
      {{- tpl (toYaml .) $.root | nindent 6 }}
      {{- end }}
    {{- with .root.Values.extraEnvFrom }}
    envFrom:
      {{- tpl (toYaml .) $.root | nindent 6 }}
    {{- end }}
    resources:
      {{- toYaml $jobs.resources | nindent 6 }}
    securityContext:
      {{- toYaml .root.Values.securityContext | nindent 6 }}
    volumeMounts:
      {{- include "ivy-worker.mounts.links" .root | nindent 6 }}
      {{- with kindIs "invalid" $jobs.extraVolumeMounts | ternary .root.Values.extraVolumeMounts $jobs.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  {{- include "ivy-worker.volumes.links" . | nindent 2 }}
  {{- with kindIs "invalid" $jobs.extraVolumes | ternary .root.Values.extraVolumes $jobs.extraVolumes }}
  {{- tpl (toYaml .) $.root | nindent 2 }}
  {{- end }}
{{- end -}}
