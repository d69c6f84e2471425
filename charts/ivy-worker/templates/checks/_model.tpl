{{/* The engine, and where its weights come from. */}}

{{- define "ivy-worker.check.engine" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- $count := int $v.gpu.count -}}
{{- if eq $v.model.engine "vllm" -}}
{{- if and (eq $count 0) (not $v.gpu.cpuEngine) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "gpu.count is 0, but model.engine=vllm runs the model in the pod: set gpu.count to 1, or model.engine=openai and model.remote.baseUrl for an engine elsewhere, or gpu.cpuEngine=true for a trial on the CPU") -}}
{{- end -}}
{{- if gt $count 1 -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "gpu.count is %v, but a worker drives one GPU and would leave the others idle: set gpu.count to 1, and run more workers (workload.replicas)" $count)) -}}
{{- end -}}
{{- if and (gt $count 0) $v.gpu.cpuEngine -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "gpu.cpuEngine=true uses no GPU, but gpu.count is %v: set gpu.count to 0" $count)) -}}
{{- end -}}
{{- else -}}
{{- if gt $count 0 -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "gpu.count is %v, but model.engine=openai asks an engine elsewhere and would leave that GPU idle: set gpu.count to 0 (values-feeder.yaml does)" $count)) -}}
{{- end -}}
{{- if $v.gpu.cpuEngine -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "gpu.cpuEngine=true has no effect with model.engine=openai: set it to false") -}}
{{- end -}}
{{- if not $v.model.remote.baseUrl -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "model.engine=openai needs model.remote.baseUrl, such as http://vllm:8000/v1") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.check.model" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- $source := $v.model.source -}}
{{- $init := eq $source.type "init" -}}
{{- $where := $init | ternary $source.init.volume $source.type -}}
{{- if and $init (not (regexMatch "^[0-9a-f]{40}$" $v.model.revision)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "model.source.type=init downloads a pinned commit, but model.revision is %q: set it to the 40 hexadecimal digits of the commit of the weights" $v.model.revision)) -}}
{{- end -}}
{{- if and (eq $where "pvc") (not $source.pvc.existingClaim) (not $source.pvc.create) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "the weights are to be in a claim, but there is none: set model.source.pvc.existingClaim to its name, or model.source.pvc.create=true") -}}
{{- end -}}
{{- if and (eq $source.type "pvc") $source.pvc.create -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "model.source.type=pvc only reads, so that a claim made new would stay empty: use model.source.type=init with model.source.init.volume=pvc to fill it, or name a claim in model.source.pvc.existingClaim and set model.source.pvc.create=false") -}}
{{- end -}}
{{- if and $source.pvc.create $source.pvc.existingClaim -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "model.source.pvc.create and model.source.pvc.existingClaim are both set: choose one") -}}
{{- end -}}
{{- if and (eq $where "hostPath") (not (hasPrefix "/" $source.hostPath.path)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "the weights are to be on the node, but model.source.hostPath.path is no absolute path: set it, such as /var/lib/ivy-worker/models") -}}
{{- end -}}
{{- if eq $source.type "image" -}}
{{- if semverCompare "<1.33.0-0" .root.Capabilities.KubeVersion.Version -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "model.source.type=image needs Kubernetes 1.33 or newer for its image volumes, and this is %s: use init or pvc" .root.Capabilities.KubeVersion.Version)) -}}
{{- end -}}
{{- if not (regexMatch "@sha256:[0-9a-f]{64}$" $source.image.reference) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "model.source.image.reference is %q: name the image with the weights by its digest, REPOSITORY@sha256:..., for a tag may come to mean other weights" $source.image.reference)) -}}
{{- end -}}
{{- end -}}
{{- if and (eq $v.model.engine "openai") (ne $source.type "hub") (not $v.model.remote.model) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "model.source.type=%s makes the model's name a folder, which the remote engine does not serve: set model.remote.model to the name that it is served under" $source.type)) -}}
{{- end -}}
{{- $compiled := $v.compileCache -}}
{{- if and (eq $compiled.type "pvc") (not $compiled.existingClaim) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "compileCache.type=pvc needs compileCache.existingClaim: name a claim that the pods may write to, or use emptyDir") -}}
{{- end -}}
{{- if and (eq $compiled.type "hostPath") (not (hasPrefix "/" $compiled.path)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "compileCache.type=hostPath needs compileCache.path: set an absolute path, such as /var/lib/ivy-worker/compiled") -}}
{{- end -}}
{{- end -}}
