{{/* The workers' pods. */}}

{{- define "ivy-worker.podLabels" -}}
{{/* Without the chart's version: a new chart alone is no reason to load models anew. */}}
{{- $labels := omit (include "ivy-worker.mapping" (dict "what" "the labels" "text" (include "ivy-worker.labels" .)) | fromJson) "helm.sh/chart" -}}
{{- $selector := include "ivy-worker.mapping" (dict "what" "the selector" "text" (include "ivy-worker.selector" .)) | fromJson -}}
{{- $role := dict "ivy-worker/role" (include "ivy-worker.component" .) -}}
{{- mergeOverwrite (deepCopy .Values.podLabels) $labels $role $selector | toYaml -}}
{{- end -}}

{{- define "ivy-worker.startupFailures" -}}
{{- $period := int .Values.probes.startup.periodSeconds -}}
{{- $needed := div (add (int .Values.startup.loadSeconds) 60 $period -1) $period -}}
{{- default $needed .Values.probes.startup.failureThreshold | int -}}
{{- end -}}

{{- define "ivy-worker.probe" -}}
httpGet: {path: {{ .path }}, port: health}
periodSeconds: {{ int64 .probe.periodSeconds }}
timeoutSeconds: {{ int64 .probe.timeoutSeconds }}
failureThreshold: {{ int64 .failures }}
{{- end -}}

{{- define "ivy-worker.resources" -}}
{{- $resources := deepCopy .Values.resources -}}
{{- if gt (int .Values.gpu.count) 0 -}}
{{- $gpu := dict .Values.gpu.resource (.Values.gpu.count | toString) -}}
{{- $limits := mergeOverwrite (default (dict) $resources.limits) $gpu -}}
{{- $requests := mergeOverwrite (default (dict) $resources.requests) $gpu -}}
{{- $_ := set $resources "limits" $limits -}}
{{- $_ := set $resources "requests" $requests -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}

{{- define "ivy-worker.container" -}}
name: worker
image: {{ include "ivy-worker.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [run, --config, /etc/ivy-worker/worker.yaml]
env:
  {{- include "ivy-worker.env" . | nindent 2 }}
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- tpl (toYaml .) $ | nindent 2 }}
{{- end }}
ports:
  - {name: health, containerPort: {{ int64 .Values.health.port }}, protocol: TCP}
{{- with .Values.probes }}
startupProbe:
  {{- include "ivy-worker.probe" (dict "path" "/startupz" "probe" .startup "failures" (include "ivy-worker.startupFailures" $)) | nindent 2 }}
readinessProbe:
  {{- include "ivy-worker.probe" (dict "path" "/readyz" "probe" .readiness "failures" .readiness.failureThreshold) | nindent 2 }}
livenessProbe:
  {{- include "ivy-worker.probe" (dict "path" "/livez" "probe" .liveness "failures" .liveness.failureThreshold) | nindent 2 }}
{{- end }}
resources:
  {{- include "ivy-worker.resources" . | nindent 2 }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
volumeMounts:
  {{- include "ivy-worker.mounts" . | nindent 2 }}
{{- end -}}

{{/* Fetches the weights before the worker starts, without a GPU in hand. */}}
{{- define "ivy-worker.fetchContainer" -}}
{{- $init := .Values.model.source.init -}}
name: fetch-model
image: {{ include "ivy-worker.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  - models
  - fetch
  - --spec
  - {{ .Values.model.spec | quote }}
  - --revision
  - {{ .Values.model.revision | quote }}
  - --into
  - {{ include "ivy-worker.weights" . | quote }}
  {{- with .Values.model.source.hub.id }}
  - --source
  - {{ . | quote }}
  {{- end }}
  {{- if $init.checksums }}
  - --checksums
  - /etc/ivy-worker/checksums.txt
  {{- end }}
env:
  - {name: HOME, value: /tmp}
  - {name: TMPDIR, value: /tmp}
  - {name: HF_HOME, value: /tmp/huggingface}
  {{- with include "ivy-worker.env.ca" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with include "ivy-worker.env.hub" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- tpl (toYaml .) $ | nindent 2 }}
  {{- end }}
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- tpl (toYaml .) $ | nindent 2 }}
{{- end }}
resources:
  {{- toYaml $init.resources | nindent 2 }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
volumeMounts:
  - {name: models, mountPath: /models}
  - {name: tmp, mountPath: /tmp}
  {{- with include "ivy-worker.mounts.ca" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- if $init.checksums }}
  - {name: config, mountPath: /etc/ivy-worker/checksums.txt, subPath: checksums.txt, readOnly: true}
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "ivy-worker.topologySpread" -}}
{{- $selector := dict "matchLabels" (include "ivy-worker.mapping" (dict "what" "the selector" "text" (include "ivy-worker.selector" .)) | fromJson) -}}
{{- $found := list -}}
{{- range .Values.topologySpreadConstraints -}}
{{- $found = append $found (mergeOverwrite (dict "labelSelector" $selector) (deepCopy .)) -}}
{{- end -}}
{{- toYaml $found -}}
{{- end -}}

{{/* What all pods of the chart share, hooks and jobs too. */}}
{{- define "ivy-worker.podCommon" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with include "ivy-worker.pullSecrets" . }}
{{ . }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- end -}}

{{- define "ivy-worker.podSpec" -}}
{{ include "ivy-worker.podCommon" . }}
serviceAccountName: {{ include "ivy-worker.serviceAccount" . | quote }}
terminationGracePeriodSeconds: {{ int64 .Values.lifecycle.terminationGracePeriodSeconds }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- tpl (toYaml .) $ | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- include "ivy-worker.topologySpread" . | nindent 2 }}
{{- end }}
{{- $fetch := eq .Values.model.source.type "init" }}
{{- if or $fetch .Values.initContainers }}
initContainers:
  {{- with .Values.initContainers }}
  {{- tpl (toYaml .) $ | nindent 2 }}
  {{- end }}
  {{- if $fetch }}
  - {{- include "ivy-worker.fetchContainer" . | nindent 4 }}
  {{- end }}
{{- end }}
containers:
  - {{- include "ivy-worker.container" . | nindent 4 }}
  {{- with .Values.extraContainers }}
  {{- tpl (toYaml .) $ | nindent 2 }}
  {{- end }}
volumes:
  {{- include "ivy-worker.volumes" . | nindent 2 }}
{{- end -}}

{{- define "ivy-worker.podTemplate" -}}
{{- $checksum := dict "checksum/config" (include "ivy-worker.settingsFiles" . | sha256sum) -}}
metadata:
  labels:
    {{- include "ivy-worker.podLabels" . | nindent 4 }}
  annotations:
    {{- mergeOverwrite (deepCopy .Values.commonAnnotations) .Values.podAnnotations $checksum | toYaml | nindent 4 }}
spec:
  {{- include "ivy-worker.podSpec" . | nindent 2 }}
{{- end -}}
