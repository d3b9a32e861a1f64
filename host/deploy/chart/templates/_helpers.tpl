{{- define "rulebox.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains "rulebox" .Release.Name -}}
{{- .Release.Name -}}
{{- else -}}
{{- printf "%s-rulebox" .Release.Name -}}
{{- end -}}
{{- end -}}

{{- define "rulebox.selector" -}}
app.kubernetes.io/name: rulebox
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "rulebox.labels" -}}
{{ include "rulebox.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end -}}

{{- define "rulebox.account" -}}
{{- default (include "rulebox.name" .) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "rulebox.image" -}}
{{- required "set image.repository to where your registry holds the image" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "@%s" .Values.image.digest -}}
{{- else -}}
{{- printf ":%s" (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "rulebox.verbs" -}}
{{- if eq .Values.form "deployment" -}}
["list", "watch"]
{{- else -}}
["list"]
{{- end -}}
{{- end -}}

{{- define "rulebox.choice" -}}
{{- if .Values.packs.standard }}
- --pack=standard
{{- end }}
{{- range .Values.packs.files }}
- {{ printf "--pack=/etc/rulebox/packs/%s" . | quote }}
{{- end }}
{{- range .Values.packs.references }}
- {{ printf "--pack=%s" . | quote }}
{{- end }}
{{- range .Values.rules }}
- {{ printf "--rule=%s" . | quote }}
{{- end }}
{{- range .Values.skipRules }}
- {{ printf "--skip-rule=%s" . | quote }}
{{- end }}
{{- if .Values.config }}
- --config=/etc/rulebox/config/rulebox.yaml
{{- end }}
{{- if .Values.writeReports }}
- --write-reports={{ .Values.writeReports }}
{{- end }}
{{- end -}}

{{- define "rulebox.meta" -}}
labels:
  {{- include "rulebox.labels" . | nindent 2 }}
  {{- with .Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- if or .Values.podAnnotations .Values.config (and .Values.scrapeAnnotations (eq .Values.form "deployment")) }}
annotations:
  {{- if .Values.config }}
  rulebox/config: {{ .Values.config | sha256sum }}
  {{- end }}
  {{- if and .Values.scrapeAnnotations (eq .Values.form "deployment") }}
  prometheus.io/scrape: "true"
  prometheus.io/port: {{ .Values.port | quote }}
  prometheus.io/path: /metrics
  prometheus.io/scheme: {{ if .Values.tls.secretName }}https{{ else }}http{{ end }}
  {{- end }}
  {{- with .Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "rulebox.pod" -}}
serviceAccountName: {{ include "rulebox.account" . }}
automountServiceAccountToken: true
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
{{- toYaml . | nindent 0 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
{{- toYaml . | nindent 0 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if or .Values.config .Values.packs.files .Values.packs.references (and .Values.tls.secretName (eq .Values.form "deployment")) }}
volumes:
{{- if .Values.config }}
- name: config
  configMap:
    name: {{ include "rulebox.name" . }}
{{- end }}
{{- if .Values.packs.files }}
- name: packs
  {{- if .Values.packs.volume }}
  {{- toYaml .Values.packs.volume | nindent 2 }}
  {{- else }}
  configMap:
    name: rulebox-packs
    {{- with .Values.packs.items }}
    items:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  {{- end }}
{{- end }}
{{- if or .Values.packs.files .Values.packs.references }}
- name: kept
  emptyDir:
    sizeLimit: {{ .Values.packs.keptSize }}
{{- end }}
{{- if and .Values.packs.references .Values.packs.pullSecret }}
- name: logins
  secret:
    secretName: {{ .Values.packs.pullSecret }}
    items:
    - key: .dockerconfigjson
      path: config.json
{{- end }}
{{- if and .Values.tls.secretName (eq .Values.form "deployment") }}
- name: tls
  secret:
    secretName: {{ .Values.tls.secretName }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "rulebox.container" -}}
image: {{ include "rulebox.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
resources:
  {{- toYaml .Values.resources | nindent 2 }}
{{- if or .Values.packs.files .Values.packs.references }}
env:
# Packs are kept here as they were pulled and compiled, until the pod ends: a container that is
# started again asks no registry and compiles nothing.
- name: XDG_DATA_HOME
  value: /var/lib/rulebox/data
- name: XDG_CACHE_HOME
  value: /var/lib/rulebox/cache
{{- if and .Values.packs.references .Values.packs.pullSecret }}
- name: DOCKER_CONFIG
  value: /etc/rulebox/logins
{{- end }}
{{- end }}
{{- if or .Values.config .Values.packs.files .Values.packs.references (and .Values.tls.secretName (eq .Values.form "deployment")) }}
volumeMounts:
{{- if .Values.config }}
- name: config
  mountPath: /etc/rulebox/config
  readOnly: true
{{- end }}
{{- if .Values.packs.files }}
- name: packs
  mountPath: /etc/rulebox/packs
  readOnly: true
{{- end }}
{{- if or .Values.packs.files .Values.packs.references }}
- name: kept
  mountPath: /var/lib/rulebox
{{- end }}
{{- if and .Values.packs.references .Values.packs.pullSecret }}
- name: logins
  mountPath: /etc/rulebox/logins
  readOnly: true
{{- end }}
{{- if and .Values.tls.secretName (eq .Values.form "deployment") }}
- name: tls
  mountPath: /etc/rulebox/tls
  readOnly: true
{{- end }}
{{- end }}
{{- end -}}
