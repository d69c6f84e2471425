{{/* Names, labels and the image. */}}

{{- define "ivy-worker.name" -}}
{{- regexReplaceAll "[-.]+$" (default .Chart.Name .Values.nameOverride | trunc 63) "" -}}
{{- end -}}

{{/*
Forty characters: jobs, pods and Services put theirs behind it, and 63 are the limit of a label. A
Service's name is one label of DNS and begins with a letter (RFC 1035). Where that cuts or changes
the name, a hash of the whole comes behind it: two releases never share a name.
*/}}
{{- define "ivy-worker.fullname" -}}
{{- $part := default .Chart.Name .Values.nameOverride -}}
{{- $ours := contains $part .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $part) -}}
{{- $whole := default $ours .Values.fullnameOverride -}}
{{- $name := regexReplaceAll "[^a-z0-9-]" $whole "-" -}}
{{- if not (regexMatch "^[a-z]" $name) }}{{ $name = printf "ivy-%s" $name }}{{ end -}}
{{- if or (ne $name $whole) (gt (len $name) 40) -}}
{{- $name = printf "%s-%s" (regexReplaceAll "-+$" (trunc 31 $name) "") (sha256sum $whole | trunc 8) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{- define "ivy-worker.component" -}}
{{- eq .Values.model.engine "openai" | ternary "cpu-feeder" "gpu-worker" -}}
{{- end -}}

{{/* What selects the workers' pods. They never change: a selector cannot. */}}
{{- define "ivy-worker.selector" -}}
app.kubernetes.io/name: {{ include "ivy-worker.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: worker
{{- end -}}

{{/* Labels of every object. */}}
{{- define "ivy-worker.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/name" (include "ivy-worker.name" .)
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/version" (.Chart.AppVersion | toString)
  "app.kubernetes.io/managed-by" .Release.Service
  "app.kubernetes.io/part-of" "ivy-worker" -}}
{{- mergeOverwrite (deepCopy .Values.commonLabels) $own | toYaml -}}
{{- end -}}

{{/* Annotations of an object: those of all, and its own, given as `own`. Empty where there are none. */}}
{{- define "ivy-worker.annotations" -}}
{{- with mergeOverwrite (deepCopy .root.Values.commonAnnotations) (default (dict) .own) -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/* Metadata of an object. `suffix`, `own` annotations and `namespace` may be absent. */}}
{{- define "ivy-worker.metadata" -}}
name: {{ compact (list (include "ivy-worker.fullname" .root) .suffix) | join "-" | quote }}
namespace: {{ default .root.Release.Namespace .namespace | quote }}
labels:
  {{- include "ivy-worker.labels" .root | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with include "ivy-worker.annotations" (dict "root" .root "own" .own) }}
{{ . }}
{{- end }}
{{- end -}}

{{- define "ivy-worker.image" -}}
{{- $variant := eq .Values.model.engine "openai" | ternary "slim" (.Values.gpu.cpuEngine | ternary "cpu" "gpu") -}}
{{- include "ivy-worker.reference" (dict "root" . "image" .Values.image "variant" $variant) -}}
{{- end -}}

{{/* The image of jobs and hooks: the worker's, which the nodes may have already, or one of their own. */}}
{{- define "ivy-worker.jobImage" -}}
{{- $own := .Values.jobs.image -}}
{{- if or $own.registry $own.repository $own.tag $own.digest -}}
{{- $image := dict
  "registry" (default .Values.image.registry $own.registry)
  "repository" (default .Values.image.repository $own.repository)
  "tag" $own.tag
  "digest" $own.digest -}}
{{- include "ivy-worker.reference" (dict "root" . "image" $image "variant" "slim") -}}
{{- else -}}
{{- include "ivy-worker.image" . -}}
{{- end -}}
{{- end -}}

{{/* An image's name, whole. `variant` is the build that its tag names by default. */}}
{{- define "ivy-worker.reference" -}}
{{- $registry := default .image.registry .root.Values.global.imageRegistry -}}
{{- $tag := default (printf "%s-%s" .root.Chart.AppVersion .variant) .image.tag -}}
{{- with $registry }}{{ . }}/{{ end -}}
{{- .image.repository -}}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ $tag }}{{ end -}}
{{- end -}}

{{- define "ivy-worker.pullSecrets" -}}
{{- with concat .Values.global.imagePullSecrets .Values.image.pullSecrets | uniq -}}
imagePullSecrets:
{{- range . }}
  - name: {{ . | quote }}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.serviceAccount" -}}
{{- default (.Values.serviceAccount.create | ternary (include "ivy-worker.fullname" .) "default") .Values.serviceAccount.name -}}
{{- end -}}

{{- define "ivy-worker.replicas" -}}
{{- kindIs "invalid" .Values.workload.replicas | ternary 1 .Values.workload.replicas | int64 -}}
{{- end -}}

{{- define "ivy-worker.static" -}}
{{- if eq .Values.workload.kind "StatefulSet" }}yes{{ end -}}
{{- end -}}
