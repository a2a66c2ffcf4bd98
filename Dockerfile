# One static binary on an empty root: no shell, not root, works with a read-only root file system.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /shopkeeper ./gateway
RUN install -d -o 65532 -g 65532 /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /shopkeeper /shopkeeper
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["/shopkeeper", "health", "http://127.0.0.1:8080"]
ENTRYPOINT ["/shopkeeper"]
CMD ["serve", "--data", "/data", "--addr", "0.0.0.0:8080"]
