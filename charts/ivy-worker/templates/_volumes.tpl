{{/* Volumes and mounts. */}}

{{- define "ivy-worker.hasSecrets" -}}
{{- with (include "ivy-worker.mapping" (dict "what" "the list of Secrets" "text" (include "ivy-worker.secretSources" (dict "root" .))) | fromJson).sources }}yes{{ end -}}
{{- end -}}

{{/* Files that every command of the worker reads. `config` names the ConfigMap. */}}
{{- define "ivy-worker.volumes.links" -}}
- name: config
  configMap:
    name: {{ .config | quote }}
{{- if include "ivy-worker.hasSecrets" .root }}
- name: secrets
  projected:
    defaultMode: 0440
    {{- include "ivy-worker.secretSources" . | nindent 4 }}
{{- end }}
{{- with default .root.Values.kafka.tls.existingSecret .tlsSecret }}
- name: kafka-tls
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
{{- end }}
{{- with .root.Values.kafka.sasl.oauth.serviceAccountToken }}
{{- if .audience }}
- name: kafka-token
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken:
          audience: {{ .audience | quote }}
          expirationSeconds: {{ int64 .expirationSeconds }}
          path: token
{{- end }}
{{- end }}
{{- with .root.Values.redis.tls.existingSecret }}
- name: redis-tls
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
{{- end }}
{{- with .root.Values.model.remote.caSecret.name }}
- name: remote-tls
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
{{- end }}
{{- with include "ivy-worker.volumes.ca" .root }}
{{ . }}
{{- end }}
- name: tmp
  emptyDir:
    sizeLimit: {{ .root.Values.tmp.sizeLimit | toJson }}
{{- end -}}

{{- define "ivy-worker.mounts.links" -}}
- {name: config, mountPath: /etc/ivy-worker/worker.yaml, subPath: worker.yaml, readOnly: true}
{{- if include "ivy-worker.hasSecrets" . }}
- {name: secrets, mountPath: /etc/ivy-worker/secrets, readOnly: true}
{{- end }}
{{- if .Values.kafka.tls.existingSecret }}
- {name: kafka-tls, mountPath: /etc/ivy-worker/kafka-tls, readOnly: true}
{{- end }}
{{- if .Values.kafka.sasl.oauth.serviceAccountToken.audience }}
- {name: kafka-token, mountPath: /etc/ivy-worker/kafka-token, readOnly: true}
{{- end }}
{{- if .Values.redis.tls.existingSecret }}
- {name: redis-tls, mountPath: /etc/ivy-worker/redis-tls, readOnly: true}
{{- end }}
{{- if .Values.model.remote.caSecret.name }}
- {name: remote-tls, mountPath: /etc/ivy-worker/remote-tls, readOnly: true}
{{- end }}
{{- include "ivy-worker.mounts.ca" . }}
- {name: tmp, mountPath: /tmp}
{{- end -}}

{{/* Certificates of authorities. A folder, for a file by `subPath` is never renewed. */}}
{{- define "ivy-worker.volumes.ca" -}}
{{- with .Values.caBundle -}}
{{- if or .configMap .secret -}}
- name: ca-bundle
  {{- if .configMap }}
  configMap:
    name: {{ .configMap | quote }}
  {{- else }}
  secret:
    secretName: {{ .secret | quote }}
  {{- end }}
    defaultMode: 0444
    items:
      - {key: {{ .key | quote }}, path: ca-bundle.crt}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.mounts.ca" -}}
{{- if or .Values.caBundle.configMap .Values.caBundle.secret }}
- {name: ca-bundle, mountPath: /etc/ivy-worker/ca-bundle, readOnly: true}
{{- end }}
{{- end -}}

{{- define "ivy-worker.claim" -}}
{{- default (printf "%s-models" (include "ivy-worker.fullname" .)) .Values.model.source.pvc.existingClaim -}}
{{- end -}}

{{/* The volume with the weights, under /models. */}}
{{- define "ivy-worker.volumes.models" -}}
{{- $source := .Values.model.source -}}
{{- $where := eq $source.type "init" | ternary $source.init.volume $source.type -}}
{{- if ne $source.type "hub" -}}
- name: models
  {{- if eq $where "emptyDir" }}
  emptyDir:
    sizeLimit: {{ $source.init.sizeLimit | toJson }}
  {{- else if eq $where "pvc" }}
  persistentVolumeClaim:
    claimName: {{ include "ivy-worker.claim" . | quote }}
    {{- if eq $source.type "pvc" }}
    readOnly: true
    {{- end }}
  {{- else if eq $where "hostPath" }}
  hostPath:
    path: {{ $source.hostPath.path | quote }}
    type: {{ eq $source.type "init" | ternary "DirectoryOrCreate" "Directory" }}
  {{- else if eq $where "image" }}
  image:
    reference: {{ $source.image.reference | quote }}
    pullPolicy: {{ $source.image.pullPolicy }}
  {{- end }}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.volumes" -}}
{{- include "ivy-worker.volumes.links" (dict "root" . "config" (include "ivy-worker.fullname" .)) }}
{{- with include "ivy-worker.volumes.models" . }}
{{ . }}
{{- end }}
- name: shm
  emptyDir:
    medium: Memory
    sizeLimit: {{ .Values.shm.sizeLimit | toJson }}
- name: spill
  emptyDir:
    sizeLimit: {{ .Values.spill.sizeLimit | toJson }}
- name: cache
  emptyDir:
    sizeLimit: {{ .Values.cache.sizeLimit | toJson }}
{{- if ne .Values.compileCache.type "emptyDir" }}
- name: compile-cache
  {{- if eq .Values.compileCache.type "pvc" }}
  persistentVolumeClaim:
    claimName: {{ .Values.compileCache.existingClaim | quote }}
  {{- else }}
  hostPath:
    path: {{ .Values.compileCache.path | quote }}
    type: DirectoryOrCreate
  {{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ tpl (toYaml .) $ }}
{{- end }}
{{- end -}}

{{- define "ivy-worker.mounts" -}}
{{- include "ivy-worker.mounts.links" . }}
{{- if ne .Values.model.source.type "hub" }}
- {name: models, mountPath: /models, readOnly: true}
{{- end }}
- {name: shm, mountPath: /dev/shm}
- {name: spill, mountPath: /var/spool/ivy-worker}
- {name: cache, mountPath: /var/cache/ivy-worker}
{{- if ne .Values.compileCache.type "emptyDir" }}
- {name: compile-cache, mountPath: /var/cache/ivy-worker-compiled}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}
