-- +goose Up
ALTER TABLE conversations ADD COLUMN seen BIGINT NOT NULL DEFAULT 0; -- when its shopper last had it before their eyes
