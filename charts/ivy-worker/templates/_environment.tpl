{{/* Environment of the containers. */}}

{{/* Of every command: where the settings are, and folders that can be written to. */}}
{{- define "ivy-worker.env.links" -}}
- {name: IVY_CONFIG, value: /etc/ivy-worker/worker.yaml}
{{- if include "ivy-worker.hasSecrets" . }}
- {name: IVY_SECRETS_DIR, value: /etc/ivy-worker/secrets}
{{- end }}
- {name: HOME, value: /tmp}
- {name: TMPDIR, value: /tmp}
{{- include "ivy-worker.env.ca" . }}
{{- end -}}

{{/*
Whom TLS believes where no CA file is named: OpenSSL, httpx and Rust's native certificates read the
first, the exporters of OpenTelemetry the second.
*/}}
{{- define "ivy-worker.env.ca" -}}
{{- if or .Values.caBundle.configMap .Values.caBundle.secret }}
- {name: SSL_CERT_FILE, value: /etc/ivy-worker/ca-bundle/ca-bundle.crt}
- {name: OTEL_EXPORTER_OTLP_CERTIFICATE, value: /etc/ivy-worker/ca-bundle/ca-bundle.crt}
{{- end }}
{{- end -}}

{{- define "ivy-worker.env.hub" -}}
{{- with .Values.model.source.hub.tokenSecret }}
{{- if .name }}
- name: HF_TOKEN
  valueFrom:
    secretKeyRef: {name: {{ .name | quote }}, key: {{ .key | quote }}}
{{- end }}
{{- end }}
{{- end -}}

{{/* The order counts: a variable can name those before it. */}}
{{- define "ivy-worker.env.pod" -}}
{{- range $name, $path := dict
  "K8S_NAMESPACE_NAME" "metadata.namespace"
  "K8S_NODE_NAME" "spec.nodeName"
  "K8S_POD_NAME" "metadata.name"
  "K8S_POD_UID" "metadata.uid" }}
- name: {{ $name | quote }}
  valueFrom:
    fieldRef: {apiVersion: v1, fieldPath: {{ $path }}}
{{- end }}
- {name: OTEL_SERVICE_NAME, value: ivy-worker}
- name: OTEL_RESOURCE_ATTRIBUTES
  value: {{ include "ivy-worker.resourceAttributes" . | quote }}
{{- end -}}

{{/*
The semantic conventions' names of a pod, and of an instance of a service. `service.instance.id` is
the pod's uid: unique for ever, which its name in a StatefulSet is not.
*/}}
{{- define "ivy-worker.resourceAttributes" -}}
{{- $kind := lower .Values.workload.kind -}}
{{- $own := dict
  "service.namespace" .Release.Namespace
  "service.version" (.Chart.AppVersion | toString)
  "service.instance.id" "$(K8S_POD_UID)"
  "k8s.namespace.name" "$(K8S_NAMESPACE_NAME)"
  "k8s.node.name" "$(K8S_NODE_NAME)"
  "k8s.pod.name" "$(K8S_POD_NAME)"
  "k8s.pod.uid" "$(K8S_POD_UID)"
  "k8s.container.name" "worker"
  (printf "k8s.%s.name" $kind) (include "ivy-worker.fullname" .) -}}
{{- $found := list -}}
{{- range $name, $value := mergeOverwrite $own (deepCopy .Values.telemetry.resourceAttributes) -}}
{{- $found = append $found (printf "%s=%s" $name $value) -}}
{{- end -}}
{{- join "," $found -}}
{{- end -}}

{{- define "ivy-worker.env" -}}
{{- include "ivy-worker.env.links" . }}
{{- include "ivy-worker.env.pod" . }}
{{- if include "ivy-worker.static" . }}
- name: IVY_KAFKA__CONSUMER__GROUP_INSTANCE_ID
  value: {{ printf "%s$(K8S_POD_NAME)" .Values.kafka.instancePrefix | quote }}
- name: IVY_KAFKA__PRODUCER__TRANSACTIONAL_ID
  value: {{ printf "%s$(K8S_POD_NAME)" .Values.kafka.instancePrefix | quote }}
{{- end }}
- {name: HF_HOME, value: /var/cache/ivy-worker/huggingface}
- {name: XDG_CACHE_HOME, value: /var/cache/ivy-worker/xdg}
- {name: XDG_CONFIG_HOME, value: /var/cache/ivy-worker/config}
{{- $compiled := eq .Values.compileCache.type "emptyDir" | ternary "/var/cache/ivy-worker/compiled" "/var/cache/ivy-worker-compiled" }}
- {name: VLLM_CACHE_ROOT, value: {{ $compiled }}/vllm}
- {name: TORCHINDUCTOR_CACHE_DIR, value: {{ $compiled }}/inductor}
- {name: TRITON_CACHE_DIR, value: {{ $compiled }}/triton}
- {name: CUDA_CACHE_PATH, value: {{ $compiled }}/cuda}
{{- if eq .Values.model.source.type "hub" }}
{{- include "ivy-worker.env.hub" . }}
{{- else }}
- {name: HF_HUB_OFFLINE, value: "1"}
- {name: TRANSFORMERS_OFFLINE, value: "1"}
{{- end }}
{{- with .Values.extraEnv }}
{{ tpl (toYaml .) $ }}
{{- end }}
{{- end -}}
